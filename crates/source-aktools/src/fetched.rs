//! What a fetch gives back: typed rows, rows that were refused, and the exact bytes behind both.

use chrono::{DateTime, Utc};

/// The answer to one question.
#[derive(Debug, Clone)]
pub struct Fetched<T> {
    /// The good rows, in the order of the answer.
    pub rows: Vec<Row<T>>,
    /// Rows that could not be used, with the reason.
    pub rejected: Vec<RejectedRow>,
    /// The response; always exactly one.
    pub pages: Vec<RawPage>,
    /// Bars whose mean price (amount / volume) lies outside the day's range: worth a finding, still in `rows`. Always 0
    /// for anything but bars.
    pub suspect_rows: usize,
}

/// A normalized row and where it stood in the answer. Several observations share a row where a table has several series.
#[derive(Debug, Clone, PartialEq)]
pub struct Row<T> {
    /// The row in the market's own terms.
    pub value: T,
    /// Index into `pages`.
    pub page: usize,
    /// Index into the array of that page.
    pub row: u32,
}

/// A row, or one figure of it, that could not be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectedRow {
    /// The function it came from, as in [`RawPage::dataset`].
    pub dataset: &'static str,
    /// Index into `pages`.
    pub page: usize,
    /// Index into the array of that page.
    pub row: u32,
    /// What is wrong, naming the column.
    pub reason: String,
    /// The offending value as it was sent: a cell, or the whole row where no single cell is to blame.
    pub value: String,
}

/// One response exactly as received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawPage {
    /// The akshare function, for example `macro_china_cpi_yearly`.
    pub dataset: &'static str,
    /// The request as JSON: `function`, `params`.
    pub request: String,
    /// When the body was complete. An answer out of the day's cache keeps the time at which it really came.
    pub fetched_at: DateTime<Utc>,
    /// HTTP status.
    pub http_status: u16,
    /// The body's bytes, after content decoding.
    pub body: Vec<u8>,
}
