//! The ledger through its public face, on real files.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod crashes;
mod new_api;
mod operators;
mod requests;
mod rollups;
mod support;
mod tokens;
