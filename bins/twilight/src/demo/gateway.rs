//! Several profiles ask the gateway at once, one of the upstream keys dies amid that, and nobody notices.

mod configuration;
mod load;
mod profile;
mod run;

pub(super) use configuration::{ADMIN_TOKEN, prices, text as configuration};
pub(super) use load::provider;
pub(super) use profile::MODEL;
pub(super) use run::{Relayed, run};
