//! Who asks: an operator, an owner, or a host, by the bearer token of a request.

mod actor;
mod credentials;
mod require;

pub use actor::Actor;
pub(crate) use credentials::{CredentialKind, Credentials, Known};
pub(crate) use require::{address, bearer, limit_anonymous, require_actor, require_admin, too_many};
