//! A day of which nobody knows what was spent.

use std::path::Path;

use route_policy::Day;
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::{
    LedgerError,
    store::{FolderLock, open_connection},
};

const NOTE: &str = "closed_day";

/// Closes `day` in the books of `folder`, which no process may keep just now: no more of its budgets is leased, where they are
/// bounded. For books that were restored from a copy: what was spent of the day after the copy was made stands nowhere.
///
/// # Errors
/// `Locked`, `SchemaTooNew`, `Damaged`, `DiskFull`, `Io`, `Database`.
pub fn close_day(folder: &Path, day: Day) -> Result<(), LedgerError> {
    let _lock = FolderLock::take(folder)?;
    let connection = open_connection(folder)?;
    // Notes are JSON.
    let value = format!("\"{day}\"");
    connection
        .execute("INSERT INTO note VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = ?2", params![NOTE, value])?;
    connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")?;
    Ok(())
}

pub(super) fn is_closed(books: &Connection, day: &str) -> Result<bool, LedgerError> {
    let mut query = books.prepare_cached("SELECT value FROM note WHERE key = ?1")?;
    let closed: Option<String> = query.query_row([NOTE], |row| row.get(0)).optional()?;
    Ok(closed.is_some_and(|closed| closed.trim_matches('"') == day))
}
