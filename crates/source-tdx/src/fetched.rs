//! What a fetch gives back: typed rows, rows that were refused, and the exact bytes behind both.

use std::fmt;

use chrono::{DateTime, Utc};

/// The answer to one question, over all its pages.
#[derive(Debug, Clone)]
pub struct Fetched<T> {
    /// The good rows. Bars ascend by date; everything else is in the order of the answer.
    pub rows: Vec<Row<T>>,
    /// Rows that could not be used, with the reason.
    pub rejected: Vec<RejectedRow>,
    /// Every response received, in order.
    pub pages: Vec<RawPage>,
    /// Bars whose mean price (amount / volume) lies outside the day's range: worth a finding, still in `rows`. Always 0
    /// for anything but bars.
    pub suspect_rows: usize,
    /// What was put right on the way, one sentence each: a page whose volumes came in shares instead of lots.
    pub notes: Vec<String>,
}

impl<T> Default for Fetched<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), rejected: Vec::new(), pages: Vec::new(), suspect_rows: 0, notes: Vec::new() }
    }
}

/// A normalized row and where it stood in the answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Row<T> {
    /// The row in the market's own terms: yuan, shares.
    pub value: T,
    /// Index into `pages`.
    pub page: usize,
    /// Index of the record in that page, in the order of the wire.
    pub row: u32,
}

/// A row that could not be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectedRow {
    /// The dataset it came from, as in [`RawPage::dataset`].
    pub dataset: &'static str,
    /// Index into `pages`.
    pub page: usize,
    /// Index of the record in that page.
    pub row: u32,
    /// What is wrong, naming the field.
    pub reason: String,
    /// The record as it was decoded.
    pub value: String,
}

/// One response exactly as received.
#[derive(Clone, PartialEq, Eq)]
pub struct RawPage {
    /// `bars`, `index_bars`, `xdxr`, `finance`, `security_list`, `security_count`, `quotes`, `minute` or `ticks`.
    pub dataset: &'static str,
    /// The request as JSON: `method`, its parameters and the `server` that answered.
    pub request: String,
    /// When the body was complete.
    pub fetched_at: DateTime<Utc>,
    /// Always 200: the protocol has no status, and the table of raw responses wants one.
    pub http_status: u16,
    /// The whole frame: the 16 bytes of the head and the body as it was on the wire, compressed or not.
    pub body: Vec<u8>,
}

impl fmt::Debug for RawPage {
    /// The body by its length: errors carry pages, and nobody reads thousands of bytes in a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawPage")
            .field("dataset", &self.dataset)
            .field("request", &self.request)
            .field("fetched_at", &self.fetched_at)
            .field("body_len", &self.body.len())
            .finish_non_exhaustive()
    }
}
