//! Upstream keys at rest: AES-256-GCM under a key derived from the operator's secret, bound to the channel's name.

mod error;
mod master_key;
mod sealed;

pub use error::SealError;
pub use master_key::MasterKey;
pub use sealed::{PlainKey, Sealed};
