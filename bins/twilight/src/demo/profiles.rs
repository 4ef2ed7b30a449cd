//! Somebody pays by WeChat and has a bot: an order, a signed notification, a profile in git, its secrets on a host, and
//! what the same notification does a second time.

mod configuration;
mod host;
mod registry;
mod run;

pub(super) use configuration::{ADMIN_TOKEN, text as configuration};
pub(super) use run::{Provisioned, run};
