//! Pools: secrets that somebody else made, and that wait for a profile.
//!
//! ```text
//! free ──order paid──► reserved ──profile in git──► bound ──refund──► cooling ──a new value in its place──► free
//! ```
//!
//! A value that came back was seen by a profile's owner: it is free again only once its maker has replaced it. No two rows
//! hold the same value, in no state, so that no two profiles ever answer as one bot.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};

use super::Sealed;
use crate::{BooksError, books::Moment};

/// How many values a pool has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PoolCount {
    /// Ready for an order.
    pub free: u64,
    /// Held by an order that was paid.
    pub reserved: u64,
    /// In use by a profile.
    pub bound: u64,
    /// Came back, and to be replaced.
    pub cooling: u64,
}

/// A value that came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cooling {
    /// By which it is replaced: the value's keyed fingerprint.
    pub fingerprint: String,
    /// Which profile had it, as `profile:<name>`.
    pub holder: Option<String>,
    /// Since when.
    pub since: DateTime<Utc>,
}

/// Adds a value; `false` where the registry has it already, in whatever state or pool.
pub(crate) fn add(tx: &Transaction<'_>, pool: &str, value: &Sealed, now: DateTime<Utc>) -> Result<bool, BooksError> {
    let known: bool = tx.query_row(
        "SELECT EXISTS (SELECT 1 FROM pool WHERE fingerprint = ?1) OR EXISTS (SELECT 1 FROM secret WHERE fingerprint = ?1)",
        [&value.fingerprint],
        |row| row.get(0),
    )?;
    if !known {
        tx.execute(
            "INSERT INTO pool (pool, fingerprint, sealed, state, changed_at) VALUES (?, ?, ?, 'free', ?)",
            params![pool, value.fingerprint, value.bytes, Moment(now)],
        )?;
    }
    Ok(!known)
}

/// Reserves a value for `holder`, or finds the `nth` one (from 0) that it has already. `None` where the pool is dry.
pub(crate) fn reserve(
    tx: &Transaction<'_>,
    pool: &str,
    holder: &str,
    nth: u32,
    now: DateTime<Utc>,
) -> Result<Option<Sealed>, BooksError> {
    let read = |row: &rusqlite::Row<'_>| Ok(Sealed { fingerprint: row.get(0)?, bytes: row.get(1)? });
    let mut held = tx.prepare_cached(
        "SELECT fingerprint, sealed FROM pool WHERE pool = ? AND holder = ? AND state = 'reserved'
         ORDER BY fingerprint LIMIT 1 OFFSET ?",
    )?;
    if let Some(value) = held.query_row(params![pool, holder, nth], read).optional()? {
        return Ok(Some(value));
    }
    let mut free = tx.prepare_cached(
        "SELECT fingerprint, sealed FROM pool WHERE pool = ? AND state = 'free' ORDER BY changed_at, fingerprint LIMIT 1",
    )?;
    let Some(value) = free.query_row([pool], read).optional()? else { return Ok(None) };
    tx.execute(
        "UPDATE pool SET state = 'reserved', holder = ?, changed_at = ? WHERE pool = ? AND fingerprint = ?",
        params![holder, Moment(now), pool, value.fingerprint],
    )?;
    Ok(Some(value))
}

/// What `order` reserved belongs to `profile`.
pub(crate) fn bind(tx: &Transaction<'_>, order: &str, profile: &str, now: DateTime<Utc>) -> Result<(), BooksError> {
    tx.execute(
        "UPDATE pool SET state = 'bound', holder = ?, changed_at = ? WHERE holder = ? AND state = 'reserved'",
        params![profile, Moment(now), order],
    )?;
    Ok(())
}

/// What `holder` has comes back. What it only reserved and nobody has seen is free at once.
pub(crate) fn give_back(tx: &Transaction<'_>, holder: &str, seen: bool, now: DateTime<Utc>) -> Result<(), BooksError> {
    let sql = if seen {
        "UPDATE pool SET state = 'cooling', changed_at = ?2 WHERE holder = ?1 AND state IN ('reserved', 'bound')"
    } else {
        "UPDATE pool SET state = 'free', holder = NULL, changed_at = ?2 WHERE holder = ?1 AND state = 'reserved'"
    };
    tx.execute(sql, params![holder, Moment(now)])?;
    Ok(())
}

/// Puts a new value in the place of one that came back; `false` where there is no such one, or the value is known.
pub(crate) fn replace(
    tx: &Transaction<'_>,
    pool: &str,
    old: &str,
    value: &Sealed,
    now: DateTime<Utc>,
) -> Result<bool, BooksError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM pool WHERE pool = ? AND fingerprint = ? AND state = 'cooling')";
    let is_cooling: bool = tx.query_row(sql, [pool, old], |row| row.get(0))?;
    if !is_cooling || !add(tx, pool, value, now)? {
        return Ok(false);
    }
    tx.execute("DELETE FROM pool WHERE pool = ? AND fingerprint = ?", [pool, old])?;
    Ok(true)
}

/// All pools that have values, by name.
pub(crate) fn counts(connection: &Connection) -> Result<BTreeMap<String, PoolCount>, BooksError> {
    let mut counts: BTreeMap<String, PoolCount> = BTreeMap::new();
    let mut statement = connection.prepare("SELECT pool, state, count(*) FROM pool GROUP BY pool, state")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let count = counts.entry(row.get(0)?).or_default();
        let number = row.get::<_, i64>(2)?.unsigned_abs();
        match row.get_ref(1)?.as_str().unwrap_or_default() {
            "free" => count.free = number,
            "reserved" => count.reserved = number,
            "bound" => count.bound = number,
            _ => count.cooling = number,
        }
    }
    Ok(counts)
}

/// What of a pool came back, the longest waiting first.
pub(crate) fn cooling(connection: &Connection, pool: &str) -> Result<Vec<Cooling>, BooksError> {
    let sql =
        "SELECT fingerprint, holder, changed_at FROM pool WHERE pool = ? AND state = 'cooling' ORDER BY changed_at";
    let mut statement = connection.prepare(sql)?;
    let rows = statement.query_map([pool], |row| {
        Ok(Cooling { fingerprint: row.get(0)?, holder: row.get(1)?, since: row.get::<_, Moment>(2)?.0 })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

#[cfg(test)]
mod tests;
