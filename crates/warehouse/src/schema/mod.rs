//! The tables, and the numbered steps that lead an older file to them.

mod migrations;
mod tables;

pub use migrations::SCHEMA_VERSION;
pub(crate) use migrations::migrate;
pub(crate) use tables::{BASE_TABLES, COPIED_TABLES, HASHED_TABLES, Table, table};
