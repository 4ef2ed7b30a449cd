//! What a registered host does for the profiles that it serves.

mod deliver;
mod identity;
mod overlay;

pub(crate) use deliver::{Courier, EnvOutcome};
pub(crate) use identity::HostIdentity;
use overlay::overlay;
