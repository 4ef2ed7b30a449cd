//! The normalized layer: every vendor's row of a code, with its lineage.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveDateTime};
use duckdb::{Connection, Row};
use market_model::{Code, DailyBar};

use super::{NormalizedRow, generation::Files, store::sql_date};
use crate::WarehouseError;

/// The rows of `code` in `[from, to]`, by day and vendor; the tail's row counts where the base has the same key.
pub(super) fn rows(
    conn: &Connection,
    files: &Files,
    code: &Code,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<Vec<NormalizedRow>, WarehouseError> {
    if from > to {
        return Ok(Vec::new());
    }
    let mut merged = BTreeMap::new();
    for database in files.base.iter().chain([&files.tail]) {
        let mut statement = conn.prepare(&format!(
            "SELECT trade_date, open, high, low, close, pre_close, volume, amount, adj_factor, source, raw_id, raw_row, \
             ingested_at FROM {}.normalized_daily WHERE code = '{code}' AND trade_date BETWEEN DATE '{}' AND DATE '{}'",
            database.name(),
            sql_date(from),
            sql_date(to)
        ))?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let row = normalized_row(*code, row)?;
            merged.insert((row.bar.trade_date, row.source.clone()), row);
        }
    }
    Ok(merged.into_values().collect())
}

fn normalized_row(code: Code, row: &Row<'_>) -> Result<NormalizedRow, duckdb::Error> {
    let bar = DailyBar {
        code,
        trade_date: row.get(0)?,
        open: row.get(1)?,
        high: row.get(2)?,
        low: row.get(3)?,
        close: row.get(4)?,
        pre_close: row.get(5)?,
        volume: row.get(6)?,
        amount: row.get(7)?,
        adj_factor: row.get(8)?,
    };
    Ok(NormalizedRow {
        bar,
        source: row.get(9)?,
        raw_id: row.get::<_, Option<i64>>(10)?.unwrap_or_default(),
        raw_row: row.get::<_, Option<i32>>(11)?.unwrap_or_default(),
        ingested_at: row.get::<_, NaiveDateTime>(12)?.and_utc(),
    })
}
