//! What the writer knows about its own state: the calendar, missing days, and the material of `status.json`.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use duckdb::{Connection, params};
use market_model::TradingCalendar;

use super::{
    BASE, Session, Writer, bookkeeping,
    datasets::{INSTRUMENT_COLUMNS, read_listing},
    set_meta,
};
use crate::{
    FinishedJob, Freshness, JobRun, Listing, WarehouseError, Withheld,
    logical::{self, BaseSums},
    manifest::{TableSum, combined_hash},
    quarantine,
};

/// How many runs [`StatusFacts::recent_runs`] holds.
const RECENT_RUNS: usize = 20;

/// The state of the warehouse, for `status.json`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StatusFacts {
    /// Per source and data set.
    pub freshness: Vec<Freshness>,
    /// Complete and withheld days per source.
    pub partitions: Vec<PartitionFact>,
    /// The withheld days, ascending.
    pub withheld: Vec<Withheld>,
    /// The last finished jobs, newest first.
    pub recent_runs: Vec<FinishedJob>,
    /// Open findings by severity.
    pub open_findings: BTreeMap<String, u64>,
    /// Rows in quarantine that nobody has decided about.
    pub quarantined: u64,
    /// When each check was last made.
    pub last_checks: BTreeMap<String, DateTime<Utc>>,
    /// The last complete day.
    pub last_trade_date: Option<NaiveDate>,
    /// Length of the tail in bytes, without its log.
    pub tail_bytes: u64,
    /// The base, if there is one.
    pub base: Option<u64>,
    /// Commits so far that changed market data.
    pub commit_seq: u64,
    /// The current generation.
    pub generation: Option<u64>,
    /// Whether market data is committed that no generation holds yet.
    pub unpublished: bool,
}

/// The judged days of one source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitionFact {
    /// The vendor.
    pub source: String,
    /// Its data set.
    pub dataset: String,
    /// Complete days.
    pub complete: u64,
    /// Withheld days.
    pub withheld: u64,
    /// The first judged day.
    pub first: NaiveDate,
    /// The last judged day.
    pub last: NaiveDate,
}

impl Writer {
    /// The mainland trading calendar as far as it was fetched; empty before.
    pub fn calendar(&self) -> Result<TradingCalendar, WarehouseError> {
        let mut statement = self.session()?.conn.prepare(
            "SELECT cal_date, bool_or(is_open) FROM trading_calendar
             WHERE exchange IN ('SSE', 'SZSE', 'BSE') GROUP BY ALL",
        )?;
        let days = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(TradingCalendar::from_days(days.collect::<Result<Vec<_>, _>>()?))
    }

    /// Everything that is or was listed, by code: what a fetch code by code plans with.
    pub fn instruments(&self) -> Result<Vec<Listing>, WarehouseError> {
        let sql = format!("SELECT {INSTRUMENT_COLUMNS}, list_status FROM instrument ORDER BY code");
        let mut statement = self.session()?.conn.prepare(&sql)?;
        let mut rows = statement.query([])?;
        let mut listings = Vec::new();
        while let Some(row) = rows.next()? {
            listings.push(read_listing(row)?);
        }
        Ok(listings)
    }

    /// Whether instruments and calendar have been fetched: without them every day is withheld.
    pub fn has_reference(&self) -> Result<bool, WarehouseError> {
        let sql = "SELECT (SELECT count(*) FROM instrument) > 0 AND (SELECT count(*) FROM trading_calendar) > 0";
        Ok(self.session()?.conn.query_row(sql, [], |row| row.get(0))?)
    }

    /// The trading days in `[from, to]` that `source` has brought neither completely nor partly, ascending.
    pub fn missing_partitions(
        &self,
        source: &str,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Result<Vec<NaiveDate>, WarehouseError> {
        let mut statement = self.session()?.conn.prepare(
            "SELECT DISTINCT c.cal_date FROM trading_calendar c
             ANTI JOIN partition p ON p.dataset = 'daily' AND p.source = ? AND p.trade_date = c.cal_date
             WHERE c.is_open AND c.exchange IN ('SSE', 'SZSE', 'BSE') AND c.cal_date BETWEEN ? AND ? ORDER BY 1",
        )?;
        let days = statement.query_map(params![source, from, to], |row| row.get(0))?;
        Ok(days.collect::<Result<_, _>>()?)
    }

    /// The withheld days, ascending.
    pub fn withheld(&self) -> Result<Vec<Withheld>, WarehouseError> {
        withheld(&self.session()?.conn)
    }

    /// Logs a run that brought no rows.
    pub fn record_run(&mut self, run: &JobRun) -> Result<(), WarehouseError> {
        self.session_mut()?.keep_books(|conn| bookkeeping::record_run(conn, run))
    }

    /// Notes that a job brought the data set that it should, new or not.
    pub fn record_success(&mut self, source: &str, dataset: &str, now: DateTime<Utc>) -> Result<(), WarehouseError> {
        self.session_mut()?.keep_books(|conn| bookkeeping::record_job(conn, source, dataset, now))
    }

    /// Notes that a fetch failed.
    pub fn record_failure(
        &mut self,
        source: &str,
        dataset: &str,
        message: &str,
        now: DateTime<Utc>,
    ) -> Result<(), WarehouseError> {
        self.session_mut()?.keep_books(|conn| bookkeeping::record_failure(conn, source, dataset, message, now))
    }

    /// Row counts and hashes of the business tables as they are committed, and the hash over them: what the manifest of the
    /// next generation will say.
    pub fn logical_sums(&self) -> Result<(BTreeMap<String, TableSum>, String), WarehouseError> {
        let session = self.session()?;
        let base = session.base.as_ref().map(|base| BaseSums { catalog: BASE, tables: &base.manifest.tables });
        let tail: String = session.conn.query_row("SELECT current_database()", [], |row| row.get(0))?;
        let tables = logical::merged_sums(&session.conn, &tail, base)?;
        let hash = combined_hash(&tables);
        Ok((tables, hash))
    }

    /// The material of `status.json`.
    pub fn status(&self) -> Result<StatusFacts, WarehouseError> {
        let session = self.session()?;
        let conn = &session.conn;
        Ok(StatusFacts {
            freshness: freshness(conn)?,
            partitions: partitions(conn)?,
            withheld: withheld(conn)?,
            recent_runs: recent_runs(conn)?,
            open_findings: open_findings(conn)?,
            quarantined: conn.query_row(
                "SELECT count(*) FROM quarantine WHERE state = ?",
                [quarantine::HELD],
                |row| row.get(0),
            )?,
            last_checks: last_checks(conn)?,
            last_trade_date: conn.query_row(
                "SELECT max(trade_date) FROM partition WHERE dataset = 'daily' AND state = 'complete'",
                [],
                |row| row.get(0),
            )?,
            tail_bytes: std::fs::metadata(self.layout.tail())?.len(),
            base: session.base_number(),
            commit_seq: session.commit_seq,
            generation: self.published_generation(),
            unpublished: self.has_unpublished(),
        })
    }
}

impl Session {
    /// A transaction that changes bookkeeping only.
    fn keep_books(
        &mut self,
        work: impl FnOnce(&Connection) -> Result<(), WarehouseError>,
    ) -> Result<(), WarehouseError> {
        self.keep_books_if_changed(|conn| work(conn).map(|()| (true, ())))
    }

    /// The same for work that says whether a reader of a generation could notice anything of it.
    pub(crate) fn keep_books_if_changed<R>(
        &mut self,
        work: impl FnOnce(&Connection) -> Result<(bool, R), WarehouseError>,
    ) -> Result<R, WarehouseError> {
        let transaction = self.conn.unchecked_transaction()?;
        let (changed, outcome) = work(&transaction)?;
        let seq = self.bookkeeping_seq + u64::from(changed);
        set_meta(&transaction, "bookkeeping_seq", &seq.to_string())?;
        transaction.commit()?;
        self.bookkeeping_seq = seq;
        Ok(outcome)
    }
}

fn freshness(conn: &Connection) -> Result<Vec<Freshness>, WarehouseError> {
    let mut statement = conn.prepare(
        "SELECT source, dataset, last_success_at, last_trade_date, last_error, last_error_at
         FROM source_freshness ORDER BY source, dataset",
    )?;
    let rows = statement.query_map([], |row| {
        Ok(Freshness {
            source: row.get(0)?,
            dataset: row.get(1)?,
            last_success_at: row.get(2)?,
            last_trade_date: row.get(3)?,
            last_error: row.get(4)?,
            last_error_at: row.get(5)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn partitions(conn: &Connection) -> Result<Vec<PartitionFact>, WarehouseError> {
    let mut statement = conn.prepare(
        "SELECT source, dataset, count(*) FILTER (state = 'complete'), count(*) FILTER (state = 'withheld'),
                min(trade_date), max(trade_date)
         FROM partition GROUP BY ALL ORDER BY source, dataset",
    )?;
    let rows = statement.query_map([], |row| {
        Ok(PartitionFact {
            source: row.get(0)?,
            dataset: row.get(1)?,
            complete: row.get(2)?,
            withheld: row.get(3)?,
            first: row.get(4)?,
            last: row.get(5)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn withheld(conn: &Connection) -> Result<Vec<Withheld>, WarehouseError> {
    let mut statement = conn.prepare(
        "SELECT source, trade_date, expected, present, coalesce(reason, '')
         FROM partition WHERE state = 'withheld' ORDER BY trade_date, source",
    )?;
    let rows = statement.query_map([], |row| {
        Ok(Withheld {
            source: row.get(0)?,
            trade_date: row.get(1)?,
            expected: row.get(2)?,
            present: row.get(3)?,
            reason: row.get(4)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn recent_runs(conn: &Connection) -> Result<Vec<FinishedJob>, WarehouseError> {
    let mut statement = conn.prepare(&format!(
        "SELECT job_id, kind, started_at, finished_at, outcome, rows, message
         FROM job_run ORDER BY finished_at DESC, job_id LIMIT {RECENT_RUNS}"
    ))?;
    let rows = statement.query_map([], |row| {
        Ok(FinishedJob {
            job_id: row.get(0)?,
            kind: row.get(1)?,
            started_at: row.get(2)?,
            finished_at: row.get(3)?,
            outcome: row.get(4)?,
            rows: row.get::<_, i64>(5)?.unsigned_abs(),
            message: row.get(6)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn open_findings(conn: &Connection) -> Result<BTreeMap<String, u64>, WarehouseError> {
    let mut statement = conn.prepare(
        "SELECT severity, count(*) FROM quality_log WHERE closed_at IS NULL AND severity <> 'info' GROUP BY ALL",
    )?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// When each check was last made in full.
fn last_checks(conn: &Connection) -> Result<BTreeMap<String, DateTime<Utc>>, WarehouseError> {
    let mut statement = conn.prepare(
        "SELECT name, max(completed_at) FROM check_run WHERE completed_at IS NOT NULL GROUP BY name ORDER BY name",
    )?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
