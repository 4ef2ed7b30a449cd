//! The ledger through its public face, on real files.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod closed_day;
mod crashes;
mod full_disk;
mod kills;
mod midnight;
mod new_api;
mod opening;
mod operators;
mod reports;
mod requests;
mod retention;
mod rollups;
mod support;
mod tokens;
mod torn_log;
mod wrong_numbers;
