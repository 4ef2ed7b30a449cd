//! Stores a report.

use chrono::{DateTime, Utc};
use duckdb::{Connection, params};

use super::{GatewayUsage, GatewayUsageRow, UsageRecorded, check};
use crate::{WarehouseError, Writer, arrow_rows};

/// The temporary table that a report goes through, with money in nano-yuan.
const REPORTED: &str = "reported_usage";

impl Writer {
    /// Makes the rows of the report's hour exactly those of the report, in one transaction, unless this report or a later
    /// one has been recorded. Reports may come in any order and repeatedly.
    ///
    /// # Errors
    /// `BadBatch` naming the field if the report contradicts itself; `DiskFull`, `Database`. Nothing is changed then.
    pub fn record_gateway_usage(
        &mut self,
        usage: &GatewayUsage,
        now: DateTime<Utc>,
    ) -> Result<UsageRecorded, WarehouseError> {
        check::validate(usage)?;
        self.session_mut()?.keep_books_if_changed(|conn| apply(conn, usage, now))
    }
}

/// Does it; says first whether anything changed.
fn apply(conn: &Connection, usage: &GatewayUsage, now: DateTime<Utc>) -> Result<(bool, UsageRecorded), WarehouseError> {
    let hour = usage.hour.naive_utc();
    let known: Option<u64> =
        conn.query_row("SELECT max(version) FROM gateway_usage WHERE hour = ?", params![hour], |row| row.get(0))?;
    if let Some(version) = known.filter(|known| *known >= usage.version) {
        return Ok((false, UsageRecorded::Known { version }));
    }
    provide(conn, &usage.rows)?;
    conn.execute("DELETE FROM gateway_usage WHERE hour = ?", params![hour])?;
    // A product of decimals is exact; a quotient would go through a binary fraction.
    conn.execute(
        &format!(
            "INSERT INTO gateway_usage
             SELECT ?, profile, channel, model, requests, failed, input_tokens, cached_tokens, output_tokens,
                    thinking_tokens, cny_nano::DECIMAL(19, 0) * 0.000000001::DECIMAL(10, 9),
                    estimated_cny_nano::DECIMAL(19, 0) * 0.000000001::DECIMAL(10, 9), ?, ?
             FROM {REPORTED} ORDER BY profile, channel, model"
        ),
        params![hour, usage.version, now.naive_utc()],
    )?;
    Ok((true, UsageRecorded::Stored))
}

fn provide(conn: &Connection, rows: &[GatewayUsageRow]) -> Result<(), WarehouseError> {
    conn.execute_batch(&format!(
        "CREATE OR REPLACE TEMP TABLE {REPORTED} (
             profile VARCHAR, channel VARCHAR, model VARCHAR, requests BIGINT, failed BIGINT, input_tokens BIGINT,
             cached_tokens BIGINT, output_tokens BIGINT, thinking_tokens BIGINT, cny_nano BIGINT,
             estimated_cny_nano BIGINT)"
    ))?;
    // Checked to fit.
    let counts = |of: fn(&GatewayUsageRow) -> u64| arrow_rows::longs(rows.iter().map(move |row| of(row) as i64));
    let columns = vec![
        arrow_rows::texts(rows.iter().map(|row| &row.profile)),
        arrow_rows::texts(rows.iter().map(|row| &row.channel)),
        arrow_rows::texts(rows.iter().map(|row| &row.model)),
        counts(|row| row.requests),
        counts(|row| row.failed),
        counts(|row| row.input_tokens),
        counts(|row| row.cached_tokens),
        counts(|row| row.output_tokens),
        counts(|row| row.thinking_tokens),
        arrow_rows::longs(rows.iter().map(|row| row.cny_nano)),
        arrow_rows::longs(rows.iter().map(|row| row.estimated_cny_nano)),
    ];
    arrow_rows::append_temp(conn, REPORTED, columns)
}
