//! Reads `curated_daily` in bulk, column batches instead of rows.

use chrono::{Datelike, NaiveDate};
use duckdb::{
    Connection,
    arrow::{
        array::{Array, ArrayRef, AsArray, RecordBatch},
        datatypes::{Date32Type, Float64Type, Int64Type},
    },
};
use market_model::Code;

use crate::WarehouseError;

/// The column that may be NULL.
const AMOUNT: usize = 7;

/// One curated row with its traded prices.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CuratedRow<'a> {
    /// Days since 1970-01-01.
    pub(crate) day: i32,
    /// Open, high, low, close as traded.
    pub(crate) prices: [f64; 4],
    pub(crate) volume: i64,
    /// Yuan; NaN where the vendor has none.
    pub(crate) amount: f64,
    pub(crate) factor: f64,
    pub(crate) source: &'a str,
    pub(crate) basis: &'a str,
}

/// Calls `on_row` for every row of the query `SELECT … {from}`, where `from` starts with `FROM` and may filter and order.
/// The rows are streamed: memory stays small however many there are.
///
/// # Errors
/// `Other` for a value that is absent or a code that is malformed; whatever DuckDB or `on_row` says.
pub(crate) fn scan_curated(
    conn: &Connection,
    from: &str,
    mut on_row: impl FnMut(Code, CuratedRow<'_>) -> Result<(), WarehouseError>,
) -> Result<(), WarehouseError> {
    let mut statement = conn.prepare(&format!(
        "SELECT code, trade_date, raw_open, raw_high, raw_low, raw_close, volume, amount, adj_factor, source, factor_basis \
         {from}"
    ))?;
    // The iterator that this starts would panic where a damaged file cannot be read; stepping by hand returns the error.
    drop(statement.stream_arrow([])?);
    let mut last: Option<Code> = None;
    while let Some(batch) = statement.step()? {
        scan_batch(&RecordBatch::from(&batch), &mut last, &mut on_row)?;
    }
    Ok(())
}

fn scan_batch(
    batch: &RecordBatch,
    last: &mut Option<Code>,
    on_row: &mut impl FnMut(Code, CuratedRow<'_>) -> Result<(), WarehouseError>,
) -> Result<(), WarehouseError> {
    let columns = batch.columns();
    if let Some(column) = columns.iter().enumerate().position(|(at, column)| at != AMOUNT && column.null_count() > 0) {
        let name = batch.schema().field(column).name().clone();
        return Err(WarehouseError::Other(format!("curated_daily has a row without `{name}`")));
    }
    let codes = columns[0].as_string::<i32>();
    let days = columns[1].as_primitive::<Date32Type>().values();
    let floats = |at: usize| columns[at].as_primitive::<Float64Type>().values();
    let prices = [floats(2), floats(3), floats(4), floats(5)];
    let volumes = columns[6].as_primitive::<Int64Type>().values();
    let (amounts, factors) = (floats(AMOUNT), floats(8));
    let texts = |column: &ArrayRef| column.as_string::<i32>().clone();
    let (sources, bases) = (texts(&columns[9]), texts(&columns[10]));
    for at in 0..batch.num_rows() {
        let text = codes.value(at);
        let code = match last {
            Some(code) if code.as_str() == text => *code,
            _ => text.parse().map_err(|error| WarehouseError::Other(format!("curated_daily: {error}")))?,
        };
        *last = Some(code);
        let row = CuratedRow {
            day: days[at],
            prices: prices.map(|column| column[at]),
            volume: volumes[at],
            amount: if columns[AMOUNT].is_null(at) { f64::NAN } else { amounts[at] },
            factor: factors[at],
            source: sources.value(at),
            basis: bases.value(at),
        };
        on_row(code, row)?;
    }
    Ok(())
}

/// Dates by their number, for the years that markets have: a look-up instead of calendar arithmetic.
#[derive(Debug)]
pub(crate) struct DayTable {
    first: i32,
    dates: Box<[NaiveDate]>,
}

impl DayTable {
    /// A table of the days from 1990 to 2060.
    pub(crate) fn new() -> Self {
        let first = NaiveDate::from_epoch_days(7305).unwrap_or_default();
        let dates = first.iter_days().take_while(|date| date.year() <= 2060).collect();
        Self { first: first.to_epoch_days(), dates }
    }

    /// The date of a day since 1970-01-01; any day works, those in the table quickly.
    #[inline]
    pub(crate) fn date(&self, day: i32) -> NaiveDate {
        match self.dates.get(day.wrapping_sub(self.first) as usize) {
            Some(date) => *date,
            None => NaiveDate::from_epoch_days(day).unwrap_or(NaiveDate::MAX),
        }
    }
}
