//! A file per store of a host: what is taken of it while its daemon runs, and what makes it whole again.

pub(super) mod gateway;
pub(super) mod registry;
pub(super) mod secrets;
pub(super) mod warehouse;
