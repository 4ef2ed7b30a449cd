//! A day that is kept out of curated is an error until it is complete.

use chrono::{DateTime, Utc};
use duckdb::{Connection, params};
use quality_rules::rules::incomplete_day;

use super::log;
use crate::{WarehouseError, coverage::DAILY};

/// Makes the open findings exactly the withheld days of `partition`, one per day and source.
pub(crate) fn sync_incomplete_days(conn: &Connection, now: DateTime<Utc>) -> Result<(), WarehouseError> {
    let check = incomplete_day::INFO.code;
    let any: bool = conn.query_row(
        &format!(
            "SELECT (SELECT count(*) FROM partition WHERE state = 'withheld')
                  + (SELECT count(*) FROM quality_log WHERE check_name = '{check}' AND closed_at IS NULL) > 0"
        ),
        [],
        |row| row.get(0),
    )?;
    if !any {
        return Ok(());
    }
    conn.execute_batch(&format!(
        "CREATE OR REPLACE TEMP TABLE {shown} AS
         SELECT md5(concat_ws('|', '{check}', trade_date::VARCHAR, source)) AS id, '{check}' AS check_name,
                NULL::VARCHAR AS code, trade_date, '{severity}' AS severity, coalesce(reason, 'incomplete') AS message,
                to_json({{'source': source, 'expected': expected, 'present': present}})::VARCHAR AS details
         FROM partition WHERE dataset = '{DAILY}' AND state = 'withheld'",
        shown = log::SHOWN,
        severity = incomplete_day::INFO.severity,
    ))?;
    log::raise_provided(conn, now)?;
    conn.execute(
        &format!(
            "UPDATE quality_log SET closed_at = ?
             WHERE check_name = '{check}' AND generation IS NULL AND closed_at IS NULL
               AND id NOT IN (SELECT id FROM {})",
            log::SHOWN
        ),
        params![now.naive_utc()],
    )?;
    Ok(())
}
