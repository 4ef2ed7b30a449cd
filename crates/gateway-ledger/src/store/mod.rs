//! The SQLite file: its schema, the thread that writes it, the connections that read it.

mod lock;
mod packed;
mod pending;
mod reader;
mod rows;
mod schema;
mod sums;
mod words;
mod writer;

pub(crate) use lock::FolderLock;
pub(crate) use packed::{Asked, billed};
pub(crate) use pending::{Command, Pending};
pub(crate) use reader::Reader;
pub(crate) use rows::{ATTEMPTS, COLUMNS, MODEL, OUTCOME, PROFILE, first_from, has_failed, id, read_row};
pub(crate) use schema::{FILE, open_connection};
pub(crate) use sums::{Sums, hour_of, hour_within, mark_stale};
pub(crate) use words::{Dictionary, Sought, Word, word};
pub(crate) use writer::Writer;
