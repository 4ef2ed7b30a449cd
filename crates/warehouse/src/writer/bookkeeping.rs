//! The tables about the work itself: runs, freshness, quarantine.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use duckdb::{Connection, params};

use crate::{Batch, JobRun, Sourced, WarehouseError, arrow_rows};

/// Logs a run.
pub(crate) fn record_run(conn: &Connection, run: &JobRun) -> Result<(), WarehouseError> {
    conn.execute(
        "INSERT INTO job_run VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        params![
            run.job_id,
            run.kind,
            run.args.to_string(),
            run.started_at.naive_utc(),
            run.finished_at.naive_utc(),
            run.outcome,
            run.rows,
            run.message,
        ],
    )?;
    Ok(())
}

/// Notes that every data set of the batch was fetched, and up to which day.
pub(crate) fn record_success(conn: &Connection, batch: &Batch, now: DateTime<Utc>) -> Result<(), WarehouseError> {
    let fetched = fetched(batch);
    if fetched.is_empty() {
        return Ok(());
    }
    conn.execute_batch("CREATE OR REPLACE TEMP TABLE fetched (source VARCHAR, dataset VARCHAR, last_day DATE)")?;
    let columns = vec![
        arrow_rows::texts(fetched.keys().map(|(source, _)| source)),
        arrow_rows::texts(fetched.keys().map(|(_, dataset)| dataset)),
        arrow_rows::optional_dates(fetched.values().copied()),
    ];
    arrow_rows::append_temp(conn, "fetched", columns)?;
    let same = "f.source = source_freshness.source AND f.dataset = source_freshness.dataset";
    conn.execute(
        &format!(
            "UPDATE source_freshness SET last_success_at = greatest(last_success_at, ?),
                    last_trade_date = greatest(last_trade_date, f.last_day)
             FROM fetched f WHERE {same}"
        ),
        params![now.naive_utc()],
    )?;
    conn.execute(
        &format!(
            "INSERT INTO source_freshness (source, dataset, last_success_at, last_trade_date)
             SELECT f.source, f.dataset, ?, f.last_day FROM fetched f ANTI JOIN source_freshness ON {same}"
        ),
        params![now.naive_utc()],
    )?;
    Ok(())
}

/// Notes that a fetch failed.
pub(crate) fn record_failure(
    conn: &Connection,
    source: &str,
    dataset: &str,
    message: &str,
    now: DateTime<Utc>,
) -> Result<(), WarehouseError> {
    ensure_freshness(conn, source, dataset)?;
    conn.execute(
        "UPDATE source_freshness SET last_error = ?, last_error_at = ? WHERE source = ? AND dataset = ?",
        params![message, now.naive_utc(), source, dataset],
    )?;
    Ok(())
}

/// Notes that a job brought what it should, whether or not there was anything new in it.
pub(crate) fn record_job(
    conn: &Connection,
    source: &str,
    dataset: &str,
    now: DateTime<Utc>,
) -> Result<(), WarehouseError> {
    ensure_freshness(conn, source, dataset)?;
    conn.execute(
        "UPDATE source_freshness SET last_success_at = greatest(last_success_at, ?) WHERE source = ? AND dataset = ?",
        params![now.naive_utc(), source, dataset],
    )?;
    Ok(())
}

fn ensure_freshness(conn: &Connection, source: &str, dataset: &str) -> Result<(), WarehouseError> {
    conn.execute(
        "INSERT INTO source_freshness (source, dataset)
         SELECT ?, ? WHERE NOT EXISTS (FROM source_freshness WHERE source = ? AND dataset = ?)",
        params![source, dataset, source, dataset],
    )?;
    Ok(())
}

/// The data set of companies' figures in `source_freshness`, beside the vendor's own names.
const FUNDAMENTALS: &str = "fundamentals";
/// That of macroeconomic figures.
const MACRO: &str = "macro";
/// That of daily bars.
const DAILY: &str = "daily";

/// The data sets of the batch's responses, with the last day that each brought: of its own rows, or else of the batch. Claims
/// and observations count by the last period that they are about. Bars, claims and observations count under a name that is
/// the same for every vendor, too.
fn fetched(batch: &Batch) -> BTreeMap<(&str, &str), Option<NaiveDate>> {
    let partitions = batch.partitions.iter().map(|partition| partition.trade_date).max();
    let mut last: BTreeMap<_, _> = batch
        .responses
        .iter()
        .map(|response| ((response.source.as_str(), response.dataset.as_str()), partitions))
        .collect();
    let days = days_of(&batch.daily, |row| row.trade_date)
        .chain(days_of(&batch.basics, |row| row.trade_date))
        .chain(days_of(&batch.limits, |row| row.trade_date))
        .chain(days_of(&batch.suspensions, |row| row.trade_date))
        .chain(days_of(&batch.fundamentals, |row| row.period))
        .chain(days_of(&batch.macros, |row| row.period));
    for (response, day) in days {
        if let Some(response) = batch.responses.get(response) {
            let entry = last.entry((&response.source, &response.dataset)).or_insert(None);
            *entry = (*entry).max(Some(day));
        }
    }
    let periods = [
        (DAILY, days_of(&batch.daily, |row| row.trade_date).map(|(_, day)| day).max()),
        (FUNDAMENTALS, days_of(&batch.fundamentals, |row| row.period).map(|(_, day)| day).max()),
        (MACRO, days_of(&batch.macros, |row| row.period).map(|(_, day)| day).max()),
    ];
    last.extend(periods.into_iter().filter(|(_, day)| day.is_some()).map(|(name, day)| ((&*batch.source, name), day)));
    last
}

fn days_of<T>(rows: &[Sourced<T>], day: impl Fn(&T) -> NaiveDate) -> impl Iterator<Item = (usize, NaiveDate)> {
    rows.iter().map(move |row| (row.response, day(&row.value)))
}
