//! The SQLite file: its schema, the thread that writes it, the connection that reads it.

mod lock;
mod pending;
mod reader;
mod rows;
mod schema;
mod sums;
mod writer;

pub(crate) use lock::FolderLock;
pub(crate) use pending::Pending;
pub(crate) use reader::Reader;
pub(crate) use rows::{COLUMNS, read_row};
pub(crate) use schema::{FILE, open_connection};
pub(crate) use sums::Sums;
pub(crate) use writer::Writer;
