//! The rows as Arrow or Parquet, columns as in the CSV.

use warehouse::{
    ExportColumn, ExportTable, Generation, NormalizedRow, RawRow, WarehouseError, export_arrow, export_parquet,
};

use super::{curated::Curated, query::DailyQuery, raw};
use crate::{query::Format, shanghai};

pub(super) fn curated(
    curated: &Curated,
    generation: &Generation,
    query: &DailyQuery,
) -> Result<Vec<u8>, WarehouseError> {
    write(&ExportTable::bars(generation, &query.code, &curated.bars), query)
}

pub(super) fn normalized(rows: &[NormalizedRow], query: &DailyQuery) -> Result<Vec<u8>, WarehouseError> {
    write(&ExportTable::normalized(rows), query)
}

/// Vendors' rows have no common columns, so they stay JSON texts; what an archived row lacks is an empty text.
pub(super) fn raw(rows: &[RawRow], query: &DailyQuery) -> Result<Vec<u8>, WarehouseError> {
    let text = |value: fn(&RawRow) -> String| ExportColumn::Text(rows.iter().map(value).collect());
    let integer = |value: fn(&RawRow) -> i64| ExportColumn::Integer(rows.iter().map(|row| Some(value(row))).collect());
    let table = ExportTable::new(vec![
        ("trade_date", ExportColumn::Date(rows.iter().map(|row| row.trade_date).collect())),
        ("source", text(|row| row.source.clone())),
        ("dataset", text(|row| row.dataset.clone().unwrap_or_default())),
        ("raw_id", integer(|row| row.raw_id)),
        ("raw_row", integer(|row| i64::from(row.raw_row))),
        ("archived", text(|row| row.archived.to_string())),
        ("fetched_at", text(|row| row.fetched_at.map(shanghai::text).unwrap_or_default())),
        ("request", text(|row| row.request.clone().unwrap_or_default())),
        ("fields", text(raw::fields_text)),
        ("row", text(raw::row_text)),
    ]);
    write(&table, query)
}

fn write(table: &ExportTable, query: &DailyQuery) -> Result<Vec<u8>, WarehouseError> {
    match query.format {
        Format::Parquet => export_parquet(table),
        _ => export_arrow(table),
    }
}
