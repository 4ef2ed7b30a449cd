//! The registry over HTTP: its own router, its own books, a real repository.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod claims;
mod commits;
mod crashes;
mod doors;
mod git_doors;
mod git_faults;
mod git_smuggling;
mod git_ssh;
mod git_upkeep;
mod history;
mod logins;
mod mini_app;
mod owners_broken;
mod payments;
mod profiles;
mod proofs;
mod provisioning;
mod support;
mod suspension;
mod templates;
mod transfers;
