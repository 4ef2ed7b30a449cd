//! What the gateway relayed, hour by hour.

use chrono::{DateTime, NaiveDateTime, Utc};
use duckdb::params;

use super::tables;
use crate::{GatewayUsage, GatewayUsageRow, Generation, WarehouseError};

const TABLE: &str = "gateway_usage";

impl Generation {
    /// What the gateway relayed in the hours that begin in `[from, to)`, ascending; rows by profile, channel and model.
    /// Hours without a report are absent. Plans a query.
    ///
    /// # Errors
    /// When the files cannot be read.
    pub fn gateway_usage(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Result<Vec<GatewayUsage>, WarehouseError> {
        self.database.query(|conn, _| {
            let tail = self.files.tail.name();
            if !tables::has(conn, tail, TABLE)? {
                return Ok(Vec::new());
            }
            let mut statement = conn.prepare(&format!(
                "SELECT hour, version, profile, channel, model, requests, failed, input_tokens, cached_tokens, output_tokens,
                        thinking_tokens, (cny::DECIMAL(28, 9) * 1000000000)::BIGINT,
                        (estimated_cny::DECIMAL(28, 9) * 1000000000)::BIGINT
                 FROM {tail}.{TABLE} WHERE hour >= ? AND hour < ? ORDER BY hour, profile, channel, model"
            ))?;
            let mut rows = statement.query(params![from.naive_utc(), to.naive_utc()])?;
            let mut hours: Vec<GatewayUsage> = Vec::new();
            while let Some(row) = rows.next()? {
                let (hour, version) = (row.get::<_, NaiveDateTime>(0)?.and_utc(), row.get(1)?);
                let found = GatewayUsageRow {
                    profile: row.get(2)?,
                    channel: row.get(3)?,
                    model: row.get(4)?,
                    requests: row.get(5)?,
                    failed: row.get(6)?,
                    input_tokens: row.get(7)?,
                    cached_tokens: row.get(8)?,
                    output_tokens: row.get(9)?,
                    thinking_tokens: row.get(10)?,
                    cny_nano: row.get(11)?,
                    estimated_cny_nano: row.get(12)?,
                };
                match hours.last_mut().filter(|last| last.hour == hour) {
                    Some(last) => last.rows.push(found),
                    None => hours.push(GatewayUsage { hour, version, rows: vec![found] }),
                }
            }
            Ok(hours)
        })
    }
}
