//! Which checks have been made: the order of checks is that of the generations, whatever the order in which their findings
//! arrive.

use duckdb::{Connection, params};

use super::{
    FindingsRecord,
    record::{DAYS, RULES, SKIPPED},
};
use crate::WarehouseError;

/// A condition on row `r` of `check_run`: that it is newer than the record whose generation (twice) and time are bound.
const NEWER: &str = "(r.generation > ? OR r.generation = ? AND r.checked_at > ?)";

/// What of a scope a newer check has seen.
#[derive(Debug, Clone, Copy)]
pub(super) struct Skipped {
    /// So many days; the whole history counts as one.
    pub(super) days: u64,
    /// Whether that is all of the scope.
    pub(super) everything: bool,
}

/// Fills [`SKIPPED`] with the days of which a newer check is recorded, even in part: the rest of it will come.
pub(super) fn provide_skipped(conn: &Connection, record: &FindingsRecord) -> Result<Skipped, WarehouseError> {
    let generation = record.generation.unwrap_or(0);
    let checked_at = record.checked_at.naive_utc();
    let order = params![record.check, generation, generation, checked_at];
    conn.execute_batch(&format!("CREATE OR REPLACE TEMP TABLE {SKIPPED} (trade_date DATE)"))?;
    let newer = format!("FROM check_run r WHERE r.name = ? AND {NEWER}");
    let whole: bool =
        conn.query_row(&format!("SELECT count(*) > 0 {newer} AND r.trade_date IS NULL"), order, |row| row.get(0))?;
    let sql = match (&record.scope.dates, whole) {
        (None, true) => return Ok(Skipped { days: 1, everything: true }),
        (None, false) => format!("SELECT r.trade_date {newer} AND r.trade_date IS NOT NULL"),
        (Some(_), true) => format!("SELECT DISTINCT d.trade_date FROM {DAYS} d, (SELECT 1 {newer})"),
        (Some(_), false) => format!("SELECT r.trade_date {newer} AND r.trade_date IN (SELECT trade_date FROM {DAYS})"),
    };
    let days = conn.execute(&format!("INSERT INTO {SKIPPED} {sql}"), order)? as u64;
    let all: u64 = conn.query_row(&format!("SELECT count(*) FROM {DAYS}"), [], |row| row.get(0))?;
    Ok(Skipped { days, everything: record.scope.dates.is_some() && days == all })
}

/// Notes the check for every day of its scope that is not skipped. The first part does: from then on no older check counts.
/// With the last one it is complete, and one of the whole history then stands for all days.
pub(super) fn note(conn: &Connection, record: &FindingsRecord) -> Result<(), WarehouseError> {
    let generation = record.generation.unwrap_or(0);
    let days = match record.scope.dates {
        Some(_) => format!("SELECT trade_date FROM {DAYS} WHERE trade_date NOT IN (SELECT trade_date FROM {SKIPPED})"),
        None => "SELECT NULL::DATE AS trade_date".to_owned(),
    };
    let same = "d.trade_date IS NOT DISTINCT FROM r.trade_date";
    let open = format!(
        "SELECT q.trade_date, count(*) AS n FROM quality_log q
         WHERE q.closed_at IS NULL AND q.generation IS NOT NULL AND q.check_name IN (SELECT check_name FROM {RULES})
         GROUP BY ALL"
    );
    // Beside the day's own findings: those of all days for the whole history.
    let count = match record.scope.dates {
        Some(_) => "(SELECT n FROM open o WHERE o.trade_date = d.trade_date)",
        None => "(SELECT sum(n) FROM open)",
    };
    let checked_at = record.checked_at.naive_utc();
    let completed = if record.last { format!("TIMESTAMP '{checked_at}'") } else { "r.completed_at".to_owned() };
    conn.execute(
        &format!(
            "CREATE OR REPLACE TEMP TABLE noted_run AS
             WITH d AS ({days}), open AS ({open})
             SELECT d.trade_date, coalesce({count}, 0)::BIGINT AS findings, {completed} AS completed_at
             FROM d LEFT JOIN check_run r ON r.name = ? AND {same}"
        ),
        params![record.check],
    )?;
    conn.execute(
        "DELETE FROM check_run USING noted_run d
         WHERE check_run.name = ? AND d.trade_date IS NOT DISTINCT FROM check_run.trade_date",
        params![record.check],
    )?;
    conn.execute(
        "INSERT INTO check_run
         SELECT ?, trade_date, ?, ?, ?, findings, completed_at FROM noted_run ORDER BY trade_date",
        params![record.check, generation, record.commit_seq, checked_at],
    )?;
    if record.last && record.scope.dates.is_none() {
        conn.execute(
            &format!("DELETE FROM check_run AS r WHERE r.name = ? AND r.trade_date IS NOT NULL AND NOT {NEWER}"),
            params![record.check, generation, generation, checked_at],
        )?;
    }
    Ok(())
}
