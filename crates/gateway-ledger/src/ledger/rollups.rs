//! Roll-ups on their way to the warehouse.

use chrono::{DateTime, TimeDelta, Utc};
use route_policy::{Cny, Usage};
use rusqlite::{Row, Transaction, params, types::Type};

use crate::{Ledger, LedgerError, Rollup, RollupRow};

impl Ledger {
    /// The roll-ups that the warehouse does not have, oldest first, at most `limit`: cuts what is due (the hour is over
    /// for `rollup_grace_min`, or rows came late) and returns it with what was cut before and not recorded.
    /// The rows of an (hour, version) never change.
    ///
    /// # Errors
    /// `DiskFull`, `Closed`, `Io`, `Database`.
    pub async fn pending_rollups(&self, now: DateTime<Utc>, limit: usize) -> Result<Vec<Rollup>, LedgerError> {
        let over = now - TimeDelta::minutes(i64::from(self.options().rollup_grace_min)) - TimeDelta::hours(1);
        self.write(move |books| {
            cut(books, over)?;
            waiting(books, limit)
        })
        .await
    }

    /// Notes that a version was pushed.
    ///
    /// # Errors
    /// As [`Ledger::pending_rollups`].
    pub async fn mark_pushed(&self, hour: DateTime<Utc>, version: u32, at: DateTime<Utc>) -> Result<(), LedgerError> {
        self.write(move |books| {
            books
                .prepare_cached("UPDATE rollup SET pushed_at = ?3 WHERE hour = ?1 AND version = ?2")?
                .execute(params![hour.timestamp(), version, at.timestamp_millis()])?;
            Ok(())
        })
        .await
    }

    /// Notes that the warehouse has a version.
    ///
    /// # Errors
    /// As [`Ledger::pending_rollups`].
    pub async fn mark_recorded(&self, hour: DateTime<Utc>, version: u32) -> Result<(), LedgerError> {
        self.write(move |books| {
            books
                .prepare_cached(
                    // What the warehouse has is not sent again: its rows may go.
                    "UPDATE rollup SET recorded = max(recorded, ?2), rows = iif(?2 = version, '', rows)
                     WHERE hour = ?1 AND version >= ?2",
                )?
                .execute(params![hour.timestamp(), version])?;
            Ok(())
        })
        .await
    }
}

/// Cuts every hour that began at or before `last_hour` and has no cut, or a stale one.
fn cut(books: &Transaction<'_>, last_hour: DateTime<Utc>) -> Result<(), LedgerError> {
    let mut due = books.prepare_cached("SELECT hour FROM rollup WHERE stale AND hour <= ?1")?;
    let hours: Vec<i64> = due.query_map([last_hour.timestamp()], |row| row.get(0))?.collect::<Result<_, _>>()?;
    for hour in hours {
        let mut sums = books.prepare_cached(
            "SELECT profile, channel, model, requests, failures, input, cached_input, output, thinking, cny, estimated
             FROM usage_hour WHERE hour = ?1",
        )?;
        let rows: Vec<RollupRow> = sums.query_map([hour], read_sum)?.collect::<Result<_, _>>()?;
        let rows = serde_json::to_string(&rows).map_err(|error| LedgerError::Database(error.to_string()))?;
        books
            .prepare_cached(
                "UPDATE rollup SET version = version + 1, stale = 0, pushed_at = NULL, rows = ?2 WHERE hour = ?1",
            )?
            .execute(params![hour, rows])?;
    }
    Ok(())
}

fn waiting(books: &Transaction<'_>, limit: usize) -> Result<Vec<Rollup>, LedgerError> {
    let mut query = books.prepare_cached(
        "SELECT hour, version, pushed_at, rows FROM rollup WHERE recorded < version ORDER BY hour LIMIT ?1",
    )?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    Ok(query.query_map([limit], read_rollup)?.collect::<Result<_, _>>()?)
}

fn read_rollup(row: &Row<'_>) -> rusqlite::Result<Rollup> {
    let rows: String = row.get(3)?;
    let damaged = |error| rusqlite::Error::FromSqlConversionFailure(3, Type::Text, Box::new(error));
    Ok(Rollup {
        hour: DateTime::from_timestamp(row.get(0)?, 0).unwrap_or_default(),
        version: row.get(1)?,
        pushed_at: row.get::<_, Option<i64>>(2)?.and_then(DateTime::from_timestamp_millis),
        rows: serde_json::from_str(&rows).map_err(damaged)?,
    })
}

fn read_sum(row: &Row<'_>) -> rusqlite::Result<RollupRow> {
    let count = |index| row.get::<_, i64>(index).map(|count| u64::try_from(count).unwrap_or_default());
    Ok(RollupRow {
        profile: row.get(0)?,
        channel: row.get(1)?,
        model: row.get(2)?,
        requests: count(3)?,
        failures: count(4)?,
        usage: Usage { input: count(5)?, cached_input: count(6)?, output: count(7)?, thinking: count(8)? },
        cny: row.get(9).map(Cny::from_nano)?,
        estimated_cny: row.get(10).map(Cny::from_nano)?,
    })
}
