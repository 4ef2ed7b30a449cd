//! Secret values: sealed at rest, opened only to be sealed again for the host that needs them.

pub(crate) mod delivery;
mod dotenv;
pub(crate) mod hosts;
pub(crate) mod pool;
mod vault;

pub use dotenv::{DotenvProblem, render_dotenv};
pub use hosts::Host;
pub use pool::{Cooling, PoolCount};
pub use vault::{HostRecipient, Sealed, Vault, VaultError};
