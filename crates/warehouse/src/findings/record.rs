//! Records what a check found: the open findings in its scope become exactly those.

use chrono::{DateTime, Utc};
use duckdb::{Connection, params};
use quality_rules::Severity;

use super::{FindingsRecord, Recorded, check, runs};
use crate::{WarehouseError, Writer, arrow_rows, engine::quote};

/// The check whose last part takes days off the list of those to be checked.
const CHECK_GENERATION: &str = "check_generation";

/// The temporary tables: the rules of the scope, its days, those of them that a newer check has seen, what was found.
pub(super) const RULES: &str = "scope_rule";
pub(super) const DAYS: &str = "scope_day";
pub(super) const SKIPPED: &str = "skipped_day";
const FOUND: &str = "found";

impl Writer {
    /// Makes the open findings in the record's scope exactly those found, in one transaction: new ones are inserted, ones found
    /// again stay open since when they were, ones that are gone are closed, ones that are back are open again. Findings of
    /// severity `info` are facts and stored closed. Findings that the writer itself raised are left alone.
    ///
    /// Parts may come in any order and repeatedly. A day is left alone if a newer check of it (a later generation; of one
    /// generation, checked later) has been recorded, even in part.
    ///
    /// # Errors
    /// `BadBatch` naming the field if the record contradicts itself; `DiskFull`, `Database`. Nothing is changed then.
    pub fn record_findings(&mut self, record: &FindingsRecord, now: DateTime<Utc>) -> Result<Recorded, WarehouseError> {
        check::validate(record)?;
        self.session_mut()?.keep_books_if_changed(|conn| apply(conn, record, now))
    }
}

/// Does all of it; says first whether an entry of the log changed.
pub(super) fn apply(
    conn: &Connection,
    record: &FindingsRecord,
    now: DateTime<Utc>,
) -> Result<(bool, Recorded), WarehouseError> {
    provide_scope(conn, record)?;
    let skipped = runs::provide_skipped(conn, record)?;
    let mut recorded = Recorded { skipped_days: skipped.days, ..Recorded::default() };
    let mut changed = false;
    if !skipped.everything {
        provide_found(conn, record)?;
        recorded.closed = close_gone(conn, record, now)?;
        let (again, updated) = update_known(conn, record, now)?;
        let inserted = insert_new(conn, record, now)?;
        recorded.opened = again + inserted;
        let found: u64 = conn.query_row(&format!("SELECT count(*) FROM {FOUND}"), [], |row| row.get(0))?;
        recorded.kept = found.saturating_sub(recorded.opened);
        changed = recorded.closed + updated + inserted > 0;
        runs::note(conn, record)?;
        if record.last && record.check == CHECK_GENERATION {
            take_off_due(conn, record)?;
        }
    }
    Ok((changed, recorded))
}

fn provide_scope(conn: &Connection, record: &FindingsRecord) -> Result<(), WarehouseError> {
    conn.execute_batch(&format!(
        "CREATE OR REPLACE TEMP TABLE {RULES} (check_name VARCHAR);
         CREATE OR REPLACE TEMP TABLE {DAYS} (trade_date DATE);"
    ))?;
    arrow_rows::append_temp(conn, RULES, vec![arrow_rows::texts(record.scope.checks.iter())])?;
    let mut days = record.scope.dates.clone().unwrap_or_default();
    days.sort_unstable();
    days.dedup();
    arrow_rows::append_temp(conn, DAYS, vec![arrow_rows::dates(days.into_iter())])
}

/// Fills [`FOUND`] with what was found on days that are not skipped, each once, with its id.
fn provide_found(conn: &Connection, record: &FindingsRecord) -> Result<(), WarehouseError> {
    conn.execute_batch(
        "CREATE OR REPLACE TEMP TABLE found_row (
             check_name VARCHAR, severity VARCHAR, code VARCHAR, trade_date DATE, subject VARCHAR, message VARCHAR,
             details VARCHAR)",
    )?;
    let rows = &record.findings;
    let columns = vec![
        arrow_rows::texts(rows.iter().map(|row| &row.check)),
        arrow_rows::texts(rows.iter().map(|row| &row.severity)),
        arrow_rows::optional_texts(rows.iter().map(|row| row.code.as_ref())),
        arrow_rows::optional_dates(rows.iter().map(|row| row.trade_date)),
        arrow_rows::texts(rows.iter().map(|row| &row.subject)),
        arrow_rows::texts(rows.iter().map(|row| &row.message)),
        arrow_rows::texts(rows.iter().map(|row| row.details.to_string())),
    ];
    arrow_rows::append_temp(conn, "found_row", columns)?;
    Ok(conn.execute_batch(&format!(
        "CREATE OR REPLACE TEMP TABLE {FOUND} AS
         SELECT md5(concat_ws('|', check_name, code, trade_date::VARCHAR, subject)) AS id, f.* FROM found_row f
         WHERE {}
         QUALIFY row_number() OVER (PARTITION BY id ORDER BY severity, message, details) = 1",
        of_a_judged_day(record, "f")
    ))?)
}

/// Whether row `alias` is about a day that this record judges.
fn of_a_judged_day(record: &FindingsRecord, alias: &str) -> String {
    let not_skipped = format!("{alias}.trade_date NOT IN (SELECT trade_date FROM {SKIPPED})");
    match record.scope.dates {
        Some(_) => format!("({alias}.trade_date IN (SELECT trade_date FROM {DAYS}) AND {not_skipped})"),
        None => format!("({alias}.trade_date IS NULL OR {not_skipped})"),
    }
}

/// Whether row `alias` is about a code of this part.
fn of_this_part(record: &FindingsRecord, alias: &str) -> String {
    let from = record.scope.from_code.as_ref().map(|from| format!("{alias}.code >= {}", quote(from)));
    let to = record.scope.to_code.as_ref().map(|to| format!("{alias}.code < {}", quote(to)));
    match (from, to) {
        (Some(from), Some(to)) => format!("({from} AND {to})"),
        (Some(from), None) => from,
        (None, Some(to)) => format!("({alias}.code IS NULL OR {to})"),
        (None, None) => "true".to_owned(),
    }
}

fn close_gone(conn: &Connection, record: &FindingsRecord, now: DateTime<Utc>) -> Result<u64, WarehouseError> {
    let closed = conn.execute(
        &format!(
            "UPDATE quality_log SET closed_at = ?
             WHERE closed_at IS NULL AND generation IS NOT NULL
               AND check_name IN (SELECT check_name FROM {RULES}) AND {part} AND {day}
               AND id NOT IN (SELECT id FROM {FOUND})",
            part = of_this_part(record, "quality_log"),
            day = of_a_judged_day(record, "quality_log"),
        ),
        params![now.naive_utc()],
    )?;
    Ok(closed as u64)
}

/// Brings entries up to date that were found again; returns how many of them are open again, and how many changed.
fn update_known(conn: &Connection, record: &FindingsRecord, now: DateTime<Utc>) -> Result<(u64, u64), WarehouseError> {
    let info = Severity::Info;
    let is_back = format!("f.severity <> '{info}' AND q.closed_at IS NOT NULL");
    let again: u64 = conn.query_row(
        &format!(
            "SELECT count(*) FROM quality_log q JOIN {FOUND} f ON f.id = q.id WHERE q.generation IS NOT NULL AND {is_back}"
        ),
        [],
        |row| row.get(0),
    )?;
    let updated = conn.execute(
        &format!(
            "UPDATE quality_log AS q SET severity = f.severity, message = f.message, details = f.details, generation = ?,
                    found_at = CASE WHEN {is_back} THEN ? ELSE q.found_at END,
                    closed_at = CASE WHEN f.severity = '{info}' THEN coalesce(q.closed_at, ?) END
             FROM {FOUND} f
             WHERE q.id = f.id AND q.generation IS NOT NULL
               AND ({is_back} OR (f.severity = '{info}' AND q.closed_at IS NULL) OR q.severity <> f.severity
                    OR q.message <> f.message OR q.details IS DISTINCT FROM f.details)"
        ),
        params![record.generation.unwrap_or(0), now.naive_utc(), now.naive_utc()],
    )?;
    Ok((again, updated as u64))
}

fn insert_new(conn: &Connection, record: &FindingsRecord, now: DateTime<Utc>) -> Result<u64, WarehouseError> {
    let inserted = conn.execute(
        &format!(
            "INSERT INTO quality_log
             SELECT f.id, f.check_name, f.code, f.trade_date, f.severity, f.message, f.details, ?, ?,
                    CASE WHEN f.severity = '{}' THEN ?::TIMESTAMP END
             FROM {FOUND} f ANTI JOIN quality_log q ON q.id = f.id
             ORDER BY f.check_name, f.trade_date, f.code, f.id",
            Severity::Info
        ),
        params![record.generation.unwrap_or(0), now.naive_utc(), now.naive_utc()],
    )?;
    Ok(inserted as u64)
}

/// The days have been checked as far as the generation holds them. One that is skipped stays: the newer check of it takes it
/// off, if all of that arrives.
fn take_off_due(conn: &Connection, record: &FindingsRecord) -> Result<(), WarehouseError> {
    let days = of_a_judged_day(record, "check_due");
    conn.execute(&format!("DELETE FROM check_due WHERE commit_seq <= ? AND {days}"), params![record.commit_seq])?;
    Ok(())
}
