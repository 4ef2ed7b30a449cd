//! Who did what: written where it is done, read by people.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, Transaction, params};

use super::{BooksError, Moment};

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// When.
    pub(crate) at: DateTime<Utc>,
    /// Who: `admin`, `tg:123`, `registry`, `payment` …
    pub(crate) actor: String,
    /// What: `order.paid`, `token.revoked` …
    pub(crate) action: String,
    /// To what: an order's number, a profile's name, the id of a token …
    pub(crate) subject: String,
    /// More about it.
    pub(crate) detail: Option<String>,
}

/// Notes something.
///
/// # Errors
/// What the file does.
pub(crate) fn note(
    tx: &Transaction<'_>,
    actor: &str,
    action: &str,
    subject: &str,
    detail: &str,
    now: DateTime<Utc>,
) -> Result<(), BooksError> {
    tx.execute(
        "INSERT INTO audit (at, actor, action, subject, detail) VALUES (?, ?, ?, ?, ?)",
        params![Moment(now), actor, action, subject, detail],
    )?;
    Ok(())
}

/// What was done to a subject, the newest first.
///
/// # Errors
/// What the file does.
pub(crate) fn about(connection: &Connection, subject: &str, limit: u32) -> Result<Vec<Entry>, BooksError> {
    let sql = "SELECT at, actor, action, subject, detail FROM audit WHERE subject = ? ORDER BY seq DESC LIMIT ?";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map(params![subject, limit], |row| {
        let detail = row.get::<_, Option<String>>(4)?.filter(|text| !text.is_empty());
        Ok(Entry {
            at: row.get::<_, Moment>(0)?.0,
            actor: row.get(1)?,
            action: row.get(2)?,
            subject: row.get(3)?,
            detail,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
