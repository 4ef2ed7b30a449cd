//! What a fetch gives back: typed rows, rows that were refused, and the bytes behind both.

use chrono::{DateTime, NaiveDate, Utc};
use market_model::{CorporateAction, DailyBar};

/// The history of one code.
#[derive(Debug, Clone, Default)]
pub struct GlobalHistory {
    /// Final bars, ascending by date, **as traded**, in the listing currency; `amount`, `pre_close` and `adj_factor` are
    /// `None`. Volume is 0 for currencies. `Row::row` counts the dates of the body.
    pub bars: Vec<Row<DailyBar>>,
    /// Splits and dividends with an ex-date in the range, ascending, per 10 shares as held on the evening before: a split
    /// is `bonus_per_10` (negative for a reverse split), cash is in the listing currency. Empty unless the adjusted
    /// function was asked. `Row::row` as for bars.
    pub actions: Vec<Row<CorporateAction>>,
    /// Rows that could not be used, with the reason.
    pub rejected: Vec<RejectedRow>,
    /// Every response received, in order; the account's key is blanked out.
    pub pages: Vec<RawPage>,
    /// The first date that the answer reaches back to, where only the newest rows could be had: days of the range before
    /// it are unknown, not absent. `None` = the whole series came.
    pub cut_before: Option<NaiveDate>,
}

/// A normalized row and where it stood in the answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Row<T> {
    /// The row in the market's own terms.
    pub value: T,
    /// Index into `pages`.
    pub page: usize,
    /// Number of its date in that page, as sent.
    pub row: u32,
}

/// A row that could not be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectedRow {
    /// As in [`RawPage::dataset`].
    pub dataset: &'static str,
    /// Index into `pages`.
    pub page: usize,
    /// Number of its date in that page, as sent.
    pub row: u32,
    /// What is wrong, naming the field.
    pub reason: String,
    /// The offending value as it was sent.
    pub value: String,
}

/// One response as received, except that the account's key is blanked out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawPage {
    /// `daily`, `daily_adjusted` or `fx_daily`.
    pub dataset: &'static str,
    /// The request as JSON: `function`, the symbols, `outputsize`; never the key.
    pub request: String,
    /// When the body was complete.
    pub fetched_at: DateTime<Utc>,
    /// HTTP status.
    pub http_status: u16,
    /// The body's bytes, after content decoding.
    pub body: Vec<u8>,
}
