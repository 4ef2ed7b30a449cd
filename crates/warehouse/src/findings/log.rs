//! Entries of `quality_log` that the writer itself raises and closes, as sets.

use chrono::{DateTime, NaiveDate, Utc};
use duckdb::{Connection, params};
use serde_json::Value;

use crate::{WarehouseError, arrow_rows};

/// The temporary table of the findings at hand: id, check_name, code, trade_date, severity, message, details.
pub(crate) const SHOWN: &str = "shown";

/// A finding that the writer raises.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    /// The rule's code.
    pub(crate) check: String,
    pub(crate) severity: &'static str,
    pub(crate) code: Option<String>,
    pub(crate) trade_date: Option<NaiveDate>,
    /// What else identifies it.
    pub(crate) subject: String,
    /// In words.
    pub(crate) message: String,
    /// The values seen.
    pub(crate) details: Value,
}

/// Fills [`SHOWN`], with the id that check, code, day and subject give.
pub(crate) fn provide(conn: &Connection, entries: &[Entry]) -> Result<(), WarehouseError> {
    conn.execute_batch(
        "CREATE OR REPLACE TEMP TABLE staged_finding (
             check_name VARCHAR, code VARCHAR, trade_date DATE, subject VARCHAR, severity VARCHAR, message VARCHAR,
             details VARCHAR)",
    )?;
    let columns = vec![
        arrow_rows::texts(entries.iter().map(|entry| &entry.check)),
        arrow_rows::optional_texts(entries.iter().map(|entry| entry.code.as_ref())),
        arrow_rows::optional_dates(entries.iter().map(|entry| entry.trade_date)),
        arrow_rows::texts(entries.iter().map(|entry| &entry.subject)),
        arrow_rows::texts(entries.iter().map(|entry| entry.severity)),
        arrow_rows::texts(entries.iter().map(|entry| &entry.message)),
        arrow_rows::texts(entries.iter().map(|entry| entry.details.to_string())),
    ];
    arrow_rows::append_temp(conn, "staged_finding", columns)?;
    Ok(conn.execute_batch(&format!(
        "CREATE OR REPLACE TEMP TABLE {SHOWN} AS
         SELECT md5(concat_ws('|', check_name, code, trade_date::VARCHAR, subject)) AS id, * FROM staged_finding"
    ))?)
}

/// Raises what [`provide`] was given. A finding that is open already keeps its date, and says what shows now. Returns
/// whether anything changed.
pub(crate) fn raise_provided(conn: &Connection, now: DateTime<Utc>) -> Result<bool, WarehouseError> {
    let updated = conn.execute(
        &format!(
            "UPDATE quality_log SET closed_at = NULL, severity = s.severity, message = s.message, details = s.details,
                    found_at = CASE WHEN quality_log.closed_at IS NULL THEN quality_log.found_at ELSE ? END
             FROM {SHOWN} s WHERE quality_log.id = s.id
              AND (quality_log.closed_at IS NOT NULL OR quality_log.details IS DISTINCT FROM s.details
                   OR quality_log.message <> s.message OR quality_log.severity <> s.severity)"
        ),
        params![now.naive_utc()],
    )?;
    let inserted = conn.execute(
        &format!(
            "INSERT INTO quality_log
             SELECT s.id, s.check_name, s.code, s.trade_date, s.severity, s.message, s.details, NULL, ?, NULL
             FROM {SHOWN} s ANTI JOIN quality_log q ON q.id = s.id ORDER BY ALL"
        ),
        params![now.naive_utc()],
    )?;
    Ok(updated + inserted > 0)
}

/// Logs what [`provide`] was given as facts: closed at once. The same fact again replaces the entry.
pub(crate) fn note_provided(conn: &Connection, now: DateTime<Utc>) -> Result<(), WarehouseError> {
    conn.execute_batch(&format!("DELETE FROM quality_log USING {SHOWN} s WHERE quality_log.id = s.id"))?;
    conn.execute(
        &format!(
            "INSERT INTO quality_log
             SELECT s.id, s.check_name, s.code, s.trade_date, s.severity, s.message, s.details, NULL, ?, ?
             FROM {SHOWN} s ORDER BY ALL"
        ),
        params![now.naive_utc(), now.naive_utc()],
    )?;
    Ok(())
}
