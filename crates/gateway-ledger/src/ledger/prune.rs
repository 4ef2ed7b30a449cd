//! Retention.

use chrono::{DateTime, TimeDelta, Utc};
use route_policy::Day;
use rusqlite::{Connection, Transaction};

use crate::{Ledger, LedgerError, store::first_from};

/// What retention removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Requests.
    pub requests: u64,
    /// Sums of an hour by profile, channel and model.
    pub usage_rows: u64,
    /// Audit entries.
    pub audit_entries: u64,
}

impl Ledger {
    /// Removes what is older than it may be, in small transactions between those of others, and gives the room back.
    /// Sums that the warehouse has not got yet stay four times as long.
    ///
    /// # Errors
    /// `DiskFull`, `Closed`, `Io`, `Database`.
    pub async fn prune(&self, now: DateTime<Utc>) -> Result<Pruned, LedgerError> {
        let before = |days: u32| now - TimeDelta::days(i64::from(days));
        let options = self.options();
        let (kept, audited) = (before(options.keep_days), before(options.audit_keep_days));
        let requests = self
            .in_batches(
                "DELETE FROM request WHERE seq IN (SELECT seq FROM request WHERE seq < ?1 ORDER BY seq LIMIT 1000)",
                first_from(kept),
            )
            .await?;
        // Sums that the warehouse has, or that nobody will ever fetch any more.
        let given_up = before(options.keep_days.saturating_mul(4)).timestamp();
        let mut usage_rows = 0;
        loop {
            let (hours, rows) = self.write(move |books| prune_hours(books, kept.timestamp(), given_up)).await?;
            usage_rows += rows;
            if hours == 0 {
                break;
            }
        }
        let first_day = Day::of(kept).to_string();
        self.write(move |books| Ok(books.execute("DELETE FROM budget WHERE day < ?1", [first_day])?)).await?;
        let audit_entries = self
            .in_batches(
                "DELETE FROM audit WHERE seq IN
                    (SELECT seq FROM (SELECT seq, at FROM audit ORDER BY seq LIMIT 1000) WHERE at < ?1)",
                audited.timestamp_millis(),
            )
            .await?;
        while self.outside_of_transactions(|connection| Ok(give_back(connection)?)).await? {}
        Ok(Pruned { requests, usage_rows, audit_entries })
    }
}

/// Gives some pages that hold nothing back to the disk. Returns whether there are more: a quarter of the file stays, for
/// the requests of tomorrow.
fn give_back(connection: &Connection) -> rusqlite::Result<bool> {
    const AT_ONCE: i64 = 500;
    let number = |pragma: &str| connection.query_row(pragma, [], |row| row.get::<_, i64>(0));
    let free = number("PRAGMA freelist_count")?;
    if free * 4 <= number("PRAGMA page_count")? {
        return Ok(false);
    }
    // A page per step.
    let mut vacuum = connection.prepare(&format!("PRAGMA incremental_vacuum({AT_ONCE})"))?;
    let mut pages = vacuum.query([])?;
    while pages.next()?.is_some() {}
    Ok(number("PRAGMA freelist_count")? < free)
}

/// The sums of two days at most, with their roll-ups. Returns how many hours and rows.
fn prune_hours(books: &Transaction<'_>, kept: i64, given_up: i64) -> Result<(usize, u64), LedgerError> {
    let mut due = books.prepare_cached(
        "SELECT hour FROM rollup WHERE hour < ?1 AND (hour < ?2 OR (recorded = version AND NOT stale))
         ORDER BY hour LIMIT 48",
    )?;
    let hours: Vec<i64> = due.query_map([kept, given_up], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let mut rows = 0;
    for hour in &hours {
        rows += books.prepare_cached("DELETE FROM usage_hour WHERE hour = ?1")?.execute([hour])?;
        books.prepare_cached("DELETE FROM rollup WHERE hour = ?1")?.execute([hour])?;
    }
    Ok((hours.len(), u64::try_from(rows).unwrap_or(u64::MAX)))
}

impl Ledger {
    /// Deletes a thousand at a time, so that leases in between do not wait long.
    async fn in_batches(&self, statement: &'static str, before: i64) -> Result<u64, LedgerError> {
        let mut all = 0;
        loop {
            let deleted = self.once(statement, before).await?;
            if deleted == 0 {
                return Ok(all);
            }
            all += deleted;
        }
    }

    async fn once(&self, statement: &'static str, before: i64) -> Result<u64, LedgerError> {
        let deleted = self.write(move |books| Ok(books.prepare_cached(statement)?.execute([before])?)).await?;
        Ok(u64::try_from(deleted).unwrap_or(u64::MAX))
    }
}
