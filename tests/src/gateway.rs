//! A gateway over simulated upstream keys: a folder, a private Redis, a provider, a configuration, and clients.

mod caller;
mod configuration;
mod stage;

pub use caller::{Caller, Said, chat_body, read};
pub use configuration::GatewaySettings;
pub use stage::{ADMIN_TOKEN, Gateway, GatewayStage};
