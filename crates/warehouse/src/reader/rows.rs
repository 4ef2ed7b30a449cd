//! What the slower layers answer with: normalized rows, the vendor's own rows, features.

use chrono::{DateTime, NaiveDate, Utc};
use market_model::{Code, DailyBar};
use serde::Serialize;
use serde_json::value::RawValue;

/// One vendor's cleaned row, with its lineage.
#[derive(Debug, Clone, PartialEq)]
pub struct NormalizedRow {
    /// The bar, in yuan and shares.
    pub bar: DailyBar,
    /// The vendor.
    pub source: String,
    /// The response it came from.
    pub raw_id: i64,
    /// Which of that response's rows, counted from zero.
    pub raw_row: i32,
    /// When it was written.
    pub ingested_at: DateTime<Utc>,
}

/// The vendor's own row behind one normalized row, verbatim.
#[derive(Debug, Clone)]
pub struct RawRow {
    /// The day of the normalized row.
    pub trade_date: NaiveDate,
    /// The vendor.
    pub source: String,
    /// The vendor's data set, for example `daily`; `None` if archived.
    pub dataset: Option<String>,
    /// The response.
    pub raw_id: i64,
    /// Which of its rows, counted from zero.
    pub raw_row: i32,
    /// The request as JSON, without its token; `None` if archived.
    pub request: Option<String>,
    /// When the response arrived; `None` if archived.
    pub fetched_at: Option<DateTime<Utc>>,
    /// The names of the row's columns, where the vendor sends them.
    pub fields: Vec<String>,
    /// The row as JSON, every value in the vendor's own text; `None` if archived. Where a response cannot be taken apart by
    /// rows (a binary frame) the whole body with the row's index: `{"encoding":"base64","frame":"…","index":7}`, once; later rows
    /// of the answer name the row that has it, `{"encoding":"base64","frame_in_row":0,"index":8}`.
    pub row: Option<Box<RawValue>>,
    /// The response is no longer in the generation: it lies in the primary's raw archive.
    pub archived: bool,
}

/// One day of a code's features. Prices and averages are hfq (`raw * factor`); a value whose window is not full is
/// absent.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct FeatureRow {
    /// The instrument.
    pub code: Code,
    /// The day.
    pub trade_date: NaiveDate,
    /// Mean close of 5 bars, hfq.
    pub ma_5: Option<f64>,
    /// Mean close of 10 bars, hfq.
    pub ma_10: Option<f64>,
    /// Mean close of 20 bars, hfq.
    pub ma_20: Option<f64>,
    /// Mean close of 60 bars, hfq.
    pub ma_60: Option<f64>,
    /// Return over 5 bars.
    pub momentum_5d: Option<f64>,
    /// Return over 20 bars.
    pub momentum_20d: Option<f64>,
    /// Standard deviation of the last 20 daily returns.
    pub volatility_20d: Option<f64>,
    /// Price over the earnings of the trailing twelve months.
    pub pe_ttm: Option<f64>,
    /// Price over book value.
    pub pb: Option<f64>,
    /// False if it was read from `feature_daily`, true if it was computed for this answer by the same kernels.
    pub computed: bool,
}
