//! Between Rust rows and Arrow columns: bulk writes through DuckDB's appender, bulk reads as record batches.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use duckdb::{
    Appender, Connection, Params,
    arrow::{
        array::{
            Array, ArrayRef, BooleanArray, Date32Array, Float64Array, Int32Array, Int64Array, RecordBatch, StringArray,
            TimestampMicrosecondArray,
        },
        datatypes::{Field, Schema},
        error::ArrowError,
    },
};
use market_model::Code;

use crate::WarehouseError;

/// Days from 0001-01-01 (day 1 of the common era) to 1970-01-01.
const EPOCH_FROM_CE: i32 = 719_163;

/// Days since 1970-01-01, as DuckDB and Arrow count them.
pub(crate) fn day_number(date: NaiveDate) -> i32 {
    use chrono::Datelike as _;
    date.num_days_from_ce() - EPOCH_FROM_CE
}

/// The inverse of [`day_number`]; the epoch for a number outside the calendar.
pub(crate) fn date_of(day: i32) -> NaiveDate {
    NaiveDate::from_num_days_from_ce_opt(day.saturating_add(EPOCH_FROM_CE)).unwrap_or_default()
}

pub(crate) fn dates(values: impl Iterator<Item = NaiveDate>) -> ArrayRef {
    Arc::new(Date32Array::from_iter_values(values.map(day_number)))
}

pub(crate) fn optional_dates(values: impl Iterator<Item = Option<NaiveDate>>) -> ArrayRef {
    Arc::new(values.map(|date| date.map(day_number)).collect::<Date32Array>())
}

/// A negative zero becomes zero: they are equal as values and must be equal as text.
pub(crate) fn numbers(values: impl Iterator<Item = f64>) -> ArrayRef {
    Arc::new(Float64Array::from_iter_values(values.map(|value| value + 0.0)))
}

/// As [`numbers`].
pub(crate) fn optional_numbers(values: impl Iterator<Item = Option<f64>>) -> ArrayRef {
    Arc::new(values.map(|value| value.map(|value| value + 0.0)).collect::<Float64Array>())
}

pub(crate) fn longs(values: impl Iterator<Item = i64>) -> ArrayRef {
    Arc::new(Int64Array::from_iter_values(values))
}

pub(crate) fn optional_longs(values: impl Iterator<Item = Option<i64>>) -> ArrayRef {
    Arc::new(values.collect::<Int64Array>())
}

pub(crate) fn ints(values: impl Iterator<Item = i32>) -> ArrayRef {
    Arc::new(Int32Array::from_iter_values(values))
}

pub(crate) fn booleans(values: impl Iterator<Item = bool>) -> ArrayRef {
    Arc::new(values.map(Some).collect::<BooleanArray>())
}

pub(crate) fn texts<T: AsRef<str>>(values: impl Iterator<Item = T>) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(values))
}

pub(crate) fn optional_texts<T: AsRef<str>>(values: impl Iterator<Item = Option<T>>) -> ArrayRef {
    Arc::new(values.collect::<StringArray>())
}

pub(crate) fn moments(values: impl Iterator<Item = DateTime<Utc>>) -> ArrayRef {
    Arc::new(TimestampMicrosecondArray::from_iter_values(values.map(|at| at.timestamp_micros())))
}

/// Appends `columns` to a table of the main database; they must match its columns by position and type.
pub(crate) fn append(conn: &Connection, table: &str, columns: Vec<ArrayRef>) -> Result<(), WarehouseError> {
    append_through(|| conn.appender(table), columns)
}

/// [`append`] to a temporary table.
pub(crate) fn append_temp(conn: &Connection, table: &str, columns: Vec<ArrayRef>) -> Result<(), WarehouseError> {
    append_through(|| conn.appender_to_catalog_and_db(table, "temp", "main"), columns)
}

fn append_through<'a>(
    open: impl FnOnce() -> duckdb::Result<Appender<'a>>,
    columns: Vec<ArrayRef>,
) -> Result<(), WarehouseError> {
    if columns.first().is_none_or(|column| column.is_empty()) {
        return Ok(());
    }
    let fields: Vec<_> = columns
        .iter()
        .enumerate()
        .map(|(at, column)| Field::new(format!("c{at}"), column.data_type().clone(), true))
        .collect();
    let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).map_err(arrow_error)?;
    let mut appender = open()?;
    appender.append_record_batch(batch)?;
    // Dropping an appender swallows its errors.
    appender.flush()?;
    Ok(())
}

/// The result of a query, one record batch after the other.
pub(crate) fn query(
    conn: &Connection,
    sql: &str,
    params: impl Params,
    mut each: impl FnMut(&Columns<'_>) -> Result<(), WarehouseError>,
) -> Result<(), WarehouseError> {
    let mut statement = conn.prepare(sql)?;
    for batch in statement.query_arrow(params)? {
        each(&Columns::of(&batch))?;
    }
    Ok(())
}

/// Typed access to the columns of a record batch, by position.
pub(crate) struct Columns<'a> {
    batch: &'a RecordBatch,
}

impl<'a> Columns<'a> {
    pub(crate) fn of(batch: &'a RecordBatch) -> Self {
        Self { batch }
    }

    pub(crate) fn rows(&self) -> usize {
        self.batch.num_rows()
    }

    fn typed<T: 'static>(&self, column: usize) -> Result<&'a T, WarehouseError> {
        self.batch.column(column).as_any().downcast_ref().ok_or_else(|| {
            let found = self.batch.column(column).data_type();
            WarehouseError::Other(format!("column {column} of a query has the unexpected type {found}"))
        })
    }

    pub(crate) fn numbers(&self, column: usize) -> Result<&'a Float64Array, WarehouseError> {
        self.typed(column)
    }

    pub(crate) fn ints(&self, column: usize) -> Result<&'a Int32Array, WarehouseError> {
        self.typed(column)
    }

    pub(crate) fn longs(&self, column: usize) -> Result<&'a Int64Array, WarehouseError> {
        self.typed(column)
    }

    pub(crate) fn booleans(&self, column: usize) -> Result<&'a BooleanArray, WarehouseError> {
        self.typed(column)
    }

    pub(crate) fn dates(&self, column: usize) -> Result<&'a Date32Array, WarehouseError> {
        self.typed(column)
    }

    pub(crate) fn texts(&self, column: usize) -> Result<&'a StringArray, WarehouseError> {
        self.typed(column)
    }

    pub(crate) fn moments(&self, column: usize) -> Result<&'a TimestampMicrosecondArray, WarehouseError> {
        self.typed(column)
    }
}

/// The number at `row`; `None` for NULL.
pub(crate) fn number_at(column: &Float64Array, row: usize) -> Option<f64> {
    column.is_valid(row).then(|| column.value(row))
}

/// The moment at `row`.
pub(crate) fn moment_at(column: &TimestampMicrosecondArray, row: usize) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(column.value(row)).unwrap_or_default()
}

/// A code as stored.
pub(crate) fn parse_code(text: &str) -> Result<Code, WarehouseError> {
    text.parse().map_err(|error| WarehouseError::Other(format!("a stored code is malformed: {error}")))
}

fn arrow_error(error: ArrowError) -> WarehouseError {
    WarehouseError::Other(format!("build a record batch: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_dates_are_inverse() {
        for (text, day) in [("1970-01-01", 0), ("1990-12-19", 7657), ("2024-02-29", 19_782)] {
            let date: NaiveDate = text.parse().unwrap();
            assert_eq!((day_number(date), date_of(day)), (day, date));
        }
    }
}
