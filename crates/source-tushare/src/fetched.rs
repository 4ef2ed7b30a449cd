//! What a fetch gives back: typed rows, rows that were refused, and the exact bytes behind both.

use chrono::{DateTime, NaiveDate, Utc};
use market_model::{Code, Instrument, ListStatus};

/// The answer to one question, over all its pages.
#[derive(Debug, Clone)]
pub struct Fetched<T> {
    /// The good rows, in the order of the answer.
    pub rows: Vec<Row<T>>,
    /// Rows that could not be used, with the reason.
    pub rejected: Vec<RejectedRow>,
    /// Every response received, in order.
    pub pages: Vec<RawPage>,
    /// Bars whose mean price (amount / volume) lies outside the day's range: worth a finding, still in `rows`. Always 0
    /// for anything but bars.
    pub suspect_rows: usize,
}

impl<T> Default for Fetched<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), rejected: Vec::new(), pages: Vec::new(), suspect_rows: 0 }
    }
}

impl<T> Fetched<T> {
    /// Adds another answer behind this one; its page indexes are shifted accordingly.
    pub(crate) fn append(&mut self, other: Self) {
        let shift = self.pages.len();
        self.rows.extend(other.rows.into_iter().map(|row| Row { page: row.page + shift, ..row }));
        self.rejected.extend(other.rejected.into_iter().map(|row| RejectedRow { page: row.page + shift, ..row }));
        self.pages.extend(other.pages);
        self.suspect_rows += other.suspect_rows;
    }
}

/// A normalized row and where it stood in the answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Row<T> {
    /// The row in the market's own terms: yuan, shares.
    pub value: T,
    /// Index into `pages`.
    pub page: usize,
    /// Index into the `items` of that page.
    pub row: u32,
}

/// A row that could not be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectedRow {
    /// The interface it came from, as in [`RawPage::dataset`].
    pub dataset: &'static str,
    /// Index into `pages`.
    pub page: usize,
    /// Index into the `items` of that page.
    pub row: u32,
    /// What is wrong, naming the column.
    pub reason: String,
    /// The offending value as it was sent: a cell, or the whole row where no single cell is to blame.
    pub value: String,
}

/// One response exactly as received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawPage {
    /// The interface, for example `daily`.
    pub dataset: &'static str,
    /// The request as JSON: `api_name`, `params`, `fields`; never the token.
    pub request: String,
    /// When the body was complete.
    pub fetched_at: DateTime<Utc>,
    /// HTTP status.
    pub http_status: u16,
    /// The body's bytes, after content decoding.
    pub body: Vec<u8>,
}

/// A code's cumulative adjustment factor on one day. Exists for suspended days too. Only ratios between dates mean
/// anything.
#[derive(Debug, Clone, PartialEq)]
pub struct AdjFactor {
    /// The instrument.
    pub code: Code,
    /// The exchange's local date.
    pub trade_date: NaiveDate,
    /// The factor, positive.
    pub factor: f64,
}

/// An instrument and whether it is still listed.
#[derive(Debug, Clone, PartialEq)]
pub struct Listing {
    /// The instrument.
    pub instrument: Instrument,
    /// Listed, delisted or paused.
    pub status: ListStatus,
}
