//! The shapes of the data routes' JSON, which the routes write by hand.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// An answer of `/warehouse/daily`, by layer.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum DailyBody {
    /// `layer=curated`
    Curated(CuratedBody),
    /// `layer=normalized`
    Normalized(NormalizedBody),
    /// `layer=raw`
    Raw(RawBody),
}

/// `layer=curated`: one row per trading day with a bar, ascending.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CuratedBody {
    /// The bars, ascending.
    pub rows: Vec<CuratedRow>,
    /// `curated`
    #[schema(example = "curated")]
    pub source: String,
    /// The instrument.
    #[schema(example = "600519.SH")]
    pub code: String,
    /// The basis of the prices: `qfq`, `hfq`, `none`.
    #[schema(example = "qfq")]
    pub adjust: String,
    /// The code's last bar in this generation, whatever the request's end; null for a code without bars.
    pub anchor: Option<AnchorBody>,
    /// The generation that answered.
    #[schema(example = 12)]
    pub generation: u64,
    /// The trading days of the range without a bar, and why.
    pub missing: Vec<MissingBody>,
}

/// One trading day. Prices in yuan in the basis of the answer; volume and amount as traded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CuratedRow {
    /// The instrument.
    #[schema(example = "600519.SH")]
    pub code: String,
    /// The exchange's date.
    pub trade_date: NaiveDate,
    /// First trade, yuan.
    pub open: f64,
    /// Highest trade, yuan.
    pub high: f64,
    /// Lowest trade, yuan.
    pub low: f64,
    /// Last trade, yuan.
    pub close: f64,
    /// Shares; null for a currency pair, and for an index of which the vendor has none.
    pub volume: Option<i64>,
    /// Yuan (abroad: the listing currency); null where the vendor has none.
    pub amount: Option<f64>,
    /// The cumulative factor: `hfq = traded × adj_factor`, `qfq = traded × (adj_factor / anchor.factor)`.
    pub adj_factor: f64,
    /// The vendor whose row was chosen.
    #[schema(example = "tushare")]
    pub source: String,
}

/// What forward-adjusted prices are relative to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnchorBody {
    /// The day on which qfq prices are the traded ones.
    pub date: NaiveDate,
    /// Its factor.
    pub factor: f64,
    /// Where the factor is 1: on the `listing` day, or on the `first_bar` if earlier history is missing.
    #[schema(example = "listing")]
    pub basis: String,
}

/// A run of consecutive trading days without a bar.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MissingBody {
    /// The first day.
    pub date: NaiveDate,
    /// The last day, if there is more than one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<NaiveDate>,
    /// How many trading days, if there is more than one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<u32>,
    /// `suspended`, `not_yet` (not ingested yet), `not_listed`, `withheld` (too few codes arrived, or the bars do not continue the series), `gap` (should be there).
    #[schema(example = "suspended")]
    pub reason: String,
}

/// `layer=normalized`: every vendor's row in our units, ascending by day, then source.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NormalizedBody {
    /// The rows.
    pub rows: Vec<NormalizedBodyRow>,
    /// `normalized`
    #[schema(example = "normalized")]
    pub source: String,
    /// The instrument.
    pub code: String,
    /// The generation that answered.
    pub generation: u64,
    /// The trading days of the range without a curated bar, and why.
    pub missing: Vec<MissingBody>,
}

/// One vendor's row of one day. Prices as traded, yuan; volume in shares, amount in yuan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NormalizedBodyRow {
    /// The instrument.
    pub code: String,
    /// The exchange's date.
    pub trade_date: NaiveDate,
    /// First trade, yuan.
    pub open: f64,
    /// Highest trade, yuan.
    pub high: f64,
    /// Lowest trade, yuan.
    pub low: f64,
    /// Last trade, yuan.
    pub close: f64,
    /// The ex-right reference price, yuan.
    pub pre_close: Option<f64>,
    /// Shares; null for a currency pair, and for an index of which the vendor has none.
    pub volume: Option<i64>,
    /// Yuan (abroad: the listing currency); null where the vendor has none.
    pub amount: Option<f64>,
    /// The vendor's own cumulative factor; only ratios between dates mean anything.
    pub adj_factor: Option<f64>,
    /// The vendor.
    pub source: String,
    /// The response it came from: `layer=raw` shows it.
    pub raw_id: i64,
    /// Which of that response's rows, from zero.
    pub raw_row: i32,
    /// When it was written, Shanghai time.
    #[schema(example = "2026-04-30T18:31:02+08:00")]
    pub ingested_at: String,
}

/// `layer=raw`: the vendor's own rows, verbatim.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RawBody {
    /// The rows.
    pub rows: Vec<RawBodyRow>,
    /// `raw`
    #[schema(example = "raw")]
    pub source: String,
    /// The instrument.
    pub code: String,
    /// The generation that answered.
    pub generation: u64,
    /// The trading days of the range without a curated bar, and why.
    pub missing: Vec<MissingBody>,
}

/// One row as the vendor sent it, in the vendor's units and spelling.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RawBodyRow {
    /// The day.
    pub trade_date: NaiveDate,
    /// The vendor.
    pub source: String,
    /// The vendor's data set; null if archived.
    #[schema(example = "daily")]
    pub dataset: Option<String>,
    /// The response.
    pub raw_id: i64,
    /// Which of its rows, from zero.
    pub raw_row: i32,
    /// True if the response lies in the primary's raw archive: request, fields and row are not in this generation then.
    pub archived: bool,
    /// When the response arrived, Shanghai time.
    pub fetched_at: Option<String>,
    /// The request, without its token.
    #[schema(value_type = Object)]
    pub request: Option<Value>,
    /// The names of the row's columns.
    pub fields: Vec<String>,
    /// The row in the vendor's own text: an array beside `fields`, or an object. Of a binary response the whole frame,
    /// `{"encoding":"base64","frame":"…","index":7}`; the rows after it name the one that has it (`frame_in_row`).
    #[schema(value_type = Object)]
    pub row: Option<Value>,
}

/// An answer of `/warehouse/features`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FeaturesBody {
    /// The instrument.
    #[schema(example = "600519.SH")]
    pub code: String,
    /// The trading day.
    pub date: NaiveDate,
    /// The values; null where a window is not full or the vendor has no figure.
    pub features: FeatureValues,
    /// `feature`
    #[schema(example = "feature")]
    pub source: String,
    /// The basis of the moving averages.
    #[schema(example = "qfq")]
    pub adjust: String,
    /// What the moving averages are relative to.
    pub anchor: Option<AnchorBody>,
    /// True if it was computed for this answer, false if it was stored.
    pub computed: bool,
    /// The generation that answered.
    pub generation: u64,
}

/// Windows count bars, not days.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FeatureValues {
    /// Mean close of 5 bars, yuan in the basis of the answer.
    pub ma_5: Option<f64>,
    /// Mean close of 10 bars.
    pub ma_10: Option<f64>,
    /// Mean close of 20 bars.
    pub ma_20: Option<f64>,
    /// Mean close of 60 bars.
    pub ma_60: Option<f64>,
    /// Return over 5 bars, a fraction: 0.01 is 1 %.
    pub momentum_5d: Option<f64>,
    /// Return over 20 bars, a fraction.
    pub momentum_20d: Option<f64>,
    /// Standard deviation of the last 20 daily returns, a fraction.
    pub volatility_20d: Option<f64>,
    /// Price over the earnings of the trailing twelve months.
    pub pe_ttm: Option<f64>,
    /// Price over book value.
    pub pb: Option<f64>,
}
