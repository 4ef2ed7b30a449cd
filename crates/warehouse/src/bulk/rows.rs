//! The staged rows of one code as columns of their table.

use chrono::{DateTime, NaiveDate, Utc};
use duckdb::arrow::array::{ArrayRef, RecordBatch};
use market_model::{Code, DailyBar, DailyBasic, PriceLimit};

use super::keyed;
use crate::{
    Sourced, WarehouseError, arrow_rows,
    writer::{
        datasets::Dataset,
        stage::{self, Gate, Refused},
    },
};

/// A row of one code and one day.
pub(super) trait Daily: Dataset + Clone {
    fn place(&self) -> (Code, NaiveDate);
}

impl Daily for DailyBar {
    fn place(&self) -> (Code, NaiveDate) {
        (self.code, self.trade_date)
    }
}

impl Daily for DailyBasic {
    fn place(&self) -> (Code, NaiveDate) {
        (self.code, self.trade_date)
    }
}

impl Daily for PriceLimit {
    fn place(&self) -> (Code, NaiveDate) {
        (self.code, self.trade_date)
    }
}

/// What the rows of a code refer to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Origin<'a> {
    pub(super) source: &'a str,
    /// Id and time of each response.
    pub(super) responses: &'a [(i64, DateTime<Utc>)],
}

/// Checks the rows of `code`: those that the gate refuses go to `refused`, as in an ordinary commit.
///
/// # Errors
/// `BadBatch` if the days do not ascend, a row is about another code or names a response that is absent.
pub(super) fn accepted<T: Daily>(
    code: Code,
    rows: Vec<Sourced<T>>,
    origin: Origin<'_>,
    refused: &mut Vec<Refused>,
) -> Result<Vec<Sourced<T>>, WarehouseError> {
    let bad = |what: String| WarehouseError::BadBatch(format!("{} of {code}: {what}", T::TABLE));
    for row in &rows {
        if row.value.place().0 != code {
            return Err(bad(format!("a row of {}", row.value.place().0)));
        }
        if row.response >= origin.responses.len() {
            return Err(bad(format!("a row names response {}, which is absent", row.response)));
        }
    }
    let day = |row: &Sourced<T>| row.value.place().1;
    let ascends = |rows: &[Sourced<T>]| rows.is_sorted_by(|a, b| day(a) < day(b));
    if ascends(&rows) && rows.iter().all(|row| row.value.gate().is_ok()) {
        return Ok(rows);
    }
    let (chosen, others) = stage::select(&rows, Gate::Shut);
    refused.extend(others);
    let chosen: Vec<_> = chosen.into_iter().cloned().collect();
    if ascends(&chosen) { Ok(chosen) } else { Err(bad("its days do not ascend".to_owned())) }
}

/// The rows as a record batch; `None` without rows.
pub(super) fn batch_of<T: Dataset>(
    rows: &[Sourced<T>],
    origin: Origin<'_>,
) -> Result<Option<RecordBatch>, WarehouseError> {
    if rows.is_empty() {
        return Ok(None);
    }
    let values: Vec<&T> = rows.iter().map(|row| &row.value).collect();
    let mut columns = T::columns(&values);
    columns.push(arrow_rows::texts(rows.iter().map(|_| origin.source)));
    columns.push(arrow_rows::longs(rows.iter().map(|row| origin.responses[row.response].0)));
    columns.push(arrow_rows::ints(rows.iter().map(|row| i32::try_from(row.row).unwrap_or(i32::MAX))));
    columns.push(arrow_rows::moments(rows.iter().map(|row| origin.responses[row.response].1)));
    record_batch(columns).map(Some)
}

/// Columns as a record batch; they are matched by position.
pub(super) fn record_batch(columns: Vec<ArrayRef>) -> Result<RecordBatch, WarehouseError> {
    let named = columns.into_iter().enumerate().map(|(at, column)| (format!("c{at}"), column, true));
    RecordBatch::try_from_iter_with_nullable(named).map_err(keyed::arrow_error)
}
