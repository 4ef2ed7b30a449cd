//! What people have to be told, in the books.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};

use crate::{BooksError, books::Moment};

/// So much is remembered; of a flood the oldest that was told is forgotten first.
const REMEMBERED_MAX: u32 = 1_000;

/// Something to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Waiting {
    /// What it is about, so that it is told once: `pool:telegram_bot`.
    pub(super) about: String,
    /// For people.
    pub(super) text: String,
    /// Since when.
    pub(super) at: DateTime<Utc>,
    /// When it was well again, if it was before anybody could be told.
    pub(super) over_at: Option<DateTime<Utc>>,
}

/// What people were told lately, and has not been well since.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    /// What it is about.
    pub(crate) about: String,
    /// For people.
    pub(crate) text: String,
    /// Since when.
    pub(crate) at: DateTime<Utc>,
    /// Whether the webhook has not taken it yet.
    pub(crate) is_waiting: bool,
}

/// What people were told within the last day, or could not be told yet, the newest first.
pub(super) fn told(connection: &Connection, now: DateTime<Utc>) -> Result<Vec<Told>, BooksError> {
    let sql = "SELECT about, text, at, is_pending FROM alert WHERE over_at IS NULL AND (is_pending OR quiet_until > ?)
               ORDER BY at DESC, about LIMIT 100";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([Moment(now)], |row| {
        let at = row.get::<_, Moment>(2)?.0;
        Ok(Told { about: row.get(0)?, text: row.get(1)?, at, is_waiting: row.get(3)? })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Whether the same was told not long ago and has not been well since.
pub(super) fn is_quiet(connection: &Connection, about: &str, now: DateTime<Utc>) -> Result<bool, BooksError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM alert WHERE about = ? AND quiet_until > ? AND over_at IS NULL)";
    let mut statement = connection.prepare_cached(sql)?;
    Ok(statement.query_row(params![about, Moment(now)], |row| row.get(0))?)
}

/// Whether there is anything about it.
pub(super) fn is_known(connection: &Connection, about: &str) -> Result<bool, BooksError> {
    let mut statement = connection.prepare_cached("SELECT EXISTS (SELECT 1 FROM alert WHERE about = ?)")?;
    Ok(statement.query_row([about], |row| row.get(0))?)
}

/// Notes something to be told; `false` where somebody else has just noted the same.
pub(super) fn put(
    tx: &Transaction<'_>,
    waiting: &Waiting,
    quiet_until: DateTime<Utc>,
    is_pending: bool,
) -> Result<bool, BooksError> {
    if is_quiet(tx, &waiting.about, waiting.at)? {
        return Ok(false);
    }
    tx.execute(
        "INSERT INTO alert (about, text, at, quiet_until, is_pending, retry_at) VALUES (?1, ?2, ?3, ?4, ?5, ?3)
         ON CONFLICT (about) DO UPDATE SET text = ?2, at = ?3, quiet_until = ?4, is_pending = ?5, over_at = NULL,
            retry_at = CASE WHEN is_pending THEN retry_at ELSE ?3 END,
            attempts = CASE WHEN is_pending THEN attempts ELSE 0 END",
        params![waiting.about, waiting.text, Moment(waiting.at), Moment(quiet_until), is_pending],
    )?;
    let count: u32 = tx.query_row("SELECT count(*) FROM alert", [], |row| row.get(0))?;
    if count > REMEMBERED_MAX {
        let sql = "SELECT about, is_pending FROM alert WHERE about <> ? ORDER BY is_pending, at, about LIMIT 1";
        let oldest: Option<(String, bool)> =
            tx.query_row(sql, [&waiting.about], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        if let Some((about, is_lost)) = oldest {
            if is_lost {
                tracing::error!(about, "more alerts wait than are kept: the oldest is given up");
            }
            tx.execute("DELETE FROM alert WHERE about = ?", [about])?;
        }
    }
    Ok(true)
}

/// It is well again. What nobody was told yet is told all the same, with when it was over.
pub(super) fn is_well(tx: &Transaction<'_>, about: &str, now: DateTime<Utc>) -> Result<(), BooksError> {
    tx.execute("DELETE FROM alert WHERE about = ? AND NOT is_pending", [about])?;
    tx.execute("UPDATE alert SET over_at = coalesce(over_at, ?) WHERE about = ?", params![Moment(now), about])?;
    Ok(())
}

/// What is to be sent now, the oldest first, with how often it was sent in vain.
pub(super) fn due(connection: &Connection, now: DateTime<Utc>, limit: u32) -> Result<Vec<(Waiting, u32)>, BooksError> {
    let sql = "SELECT about, text, at, over_at, attempts FROM alert WHERE is_pending AND retry_at <= ?
               ORDER BY at, about LIMIT ?";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map(params![Moment(now), limit], |row| {
        let over_at = row.get::<_, Option<Moment>>(3)?.map(|Moment(at)| at);
        let at = row.get::<_, Moment>(2)?.0;
        Ok((Waiting { about: row.get(0)?, text: row.get(1)?, at, over_at }, row.get(4)?))
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Notes whether it was taken. What was told anew meanwhile waits on.
pub(super) fn sent(
    tx: &Transaction<'_>,
    waiting: &Waiting,
    is_taken: bool,
    retry_at: DateTime<Utc>,
) -> Result<(), BooksError> {
    let (about, at) = (&waiting.about, Moment(waiting.at));
    if !is_taken {
        let sql = "UPDATE alert SET retry_at = ?, attempts = attempts + 1 WHERE about = ?";
        tx.execute(sql, params![Moment(retry_at), about])?;
    } else if waiting.over_at.is_some() {
        tx.execute("DELETE FROM alert WHERE about = ? AND at = ? AND over_at IS NOT NULL", params![about, at])?;
    } else {
        tx.execute("UPDATE alert SET is_pending = 0 WHERE about = ? AND at = ?", params![about, at])?;
        // Well again while it was being sent: the next time it is news.
        tx.execute("DELETE FROM alert WHERE about = ? AND at = ? AND over_at IS NOT NULL", params![about, at])?;
    }
    Ok(())
}

/// How many wait.
pub(super) fn waiting(connection: &Connection) -> Result<u32, BooksError> {
    let mut statement = connection.prepare_cached("SELECT count(*) FROM alert WHERE is_pending")?;
    Ok(statement.query_row([], |row| row.get(0))?)
}
