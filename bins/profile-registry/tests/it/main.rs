//! The registry over HTTP: its own router, its own books, a real repository.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod claims;
mod crashes;
mod doors;
mod logins;
mod mini_app;
mod owners_broken;
mod payments;
mod proofs;
mod provisioning;
mod support;
mod transfers;
