//! Column batches as they come from DuckDB.
//!
//! Results are collected before they are read: a query over days in the base finds a row in every other vector, and each of
//! these would become a batch of its own if it were streamed, six times as slow.

use chrono::NaiveDate;
use duckdb::arrow::array::{Array, Float64Array, StringArray};
use market_model::Code;

use super::intervals::Interval;
use crate::{WarehouseError, arrow_rows, reader::store::sql_date};

/// `WHERE` the codes (a condition with an `AND` behind it, or nothing) and days from `first` to `last`; a bound that excludes
/// nothing is left out.
pub(super) fn filter(codes: &str, (first, last): Interval) -> String {
    let from = (first > NaiveDate::MIN).then(|| format!("trade_date >= DATE '{}' AND ", sql_date(first)));
    let to = (last < NaiveDate::MAX).then(|| format!("trade_date <= DATE '{}' AND ", sql_date(last)));
    format!("WHERE {codes}{}{}true", from.unwrap_or_default(), to.unwrap_or_default())
}

/// A number, NaN where there is none.
#[inline]
pub(super) fn number(column: &Float64Array, row: usize) -> f64 {
    if column.is_null(row) { f64::NAN } else { column.value(row) }
}

/// Reads a column of codes; the one before is remembered, for mostly it is the same.
#[derive(Debug, Default)]
pub(super) struct CodeReader {
    last: Option<Code>,
}

impl CodeReader {
    pub(super) fn read(&mut self, column: &StringArray, row: usize) -> Result<Code, WarehouseError> {
        let text = column.value(row);
        match self.last {
            Some(code) if code.as_str() == text => Ok(code),
            _ => Ok(*self.last.insert(arrow_rows::parse_code(text)?)),
        }
    }
}
