//! The shapes of `/warehouse/fundamentals` and `/warehouse/macro`, which the routes write by hand.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An answer of `/warehouse/fundamentals`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FundamentalsBody {
    /// The instrument.
    #[schema(example = "600519.SH")]
    pub code: String,
    /// The last day of the quarter.
    pub period: NaiveDate,
    /// By metric, source, then announcement, newest first.
    pub claims: Vec<ClaimBody>,
    /// `curated`
    #[schema(example = "curated")]
    pub source: String,
    /// Only what was announced by this day is seen.
    pub as_of: Option<NaiveDate>,
    /// The generation that answered.
    pub generation: u64,
    /// Why there are no claims; empty if there are some.
    pub missing: Vec<MissingPeriodBody>,
}

/// What one source says one figure is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClaimBody {
    /// Which figure.
    #[schema(example = "net_profit_parent")]
    pub metric: String,
    /// Its value in `unit`.
    pub value: f64,
    /// `yuan`, `yuan_per_share`, `percent` (12.5 is 12.5 %), `shares`, `count` or `ratio`.
    #[schema(example = "yuan")]
    pub unit: String,
    /// The vendor.
    #[schema(example = "tushare")]
    pub source: String,
    /// When it was announced; null where the vendor does not say so.
    pub announced_at: Option<NaiveDate>,
    /// When it was written, Shanghai time.
    #[schema(example = "2026-04-30T18:31:02+08:00")]
    pub ingested_at: String,
    /// The response it came from.
    pub raw_id: Option<i64>,
    /// The same source announced the figure anew later; that claim is in the list before this one.
    pub superseded: bool,
}

/// A quarter without claims.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MissingPeriodBody {
    /// The last day of the quarter.
    pub period: NaiveDate,
    /// `not_yet_announced`, `announcement_unknown` (hidden by `as_of`, for nobody dates them), `not_listed`, `not_ingested`.
    #[schema(example = "not_yet_announced")]
    pub reason: String,
}

/// An answer of `/warehouse/macro`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum MacroBody {
    /// With `series`
    Series(MacroSeriesBody),
    /// Without it
    List(MacroListBody),
}

/// One series.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MacroSeriesBody {
    /// Its name.
    #[schema(example = "china_cpi_yearly")]
    pub series: String,
    /// `percent`, `index`, `cny_100m` (100 million yuan) …
    #[schema(example = "percent")]
    pub unit: String,
    /// One row per period and source, ascending.
    pub rows: Vec<MacroRowBody>,
    /// `curated`
    #[schema(example = "curated")]
    pub source: String,
    /// Only what was published by this day is seen.
    pub as_of: Option<NaiveDate>,
    /// The end of the series' first period, whatever was asked for.
    pub first_period: NaiveDate,
    /// The end of its last period.
    pub last_period: NaiveDate,
    /// The generation that answered.
    pub generation: u64,
    /// Why there are no rows; empty if there are some.
    pub missing: Vec<MissingObservationsBody>,
}

/// One period's figure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MacroRowBody {
    /// The last day of the period that it is about.
    pub period: NaiveDate,
    /// The day it was published; null where the vendor does not say so.
    pub published_at: Option<NaiveDate>,
    /// The figure.
    pub value: f64,
    /// What was expected.
    pub consensus: Option<f64>,
    /// What the vendor called the previous figure when it published this one.
    pub previous: Option<f64>,
    /// The vendor.
    #[schema(example = "aktools")]
    pub source: String,
    /// When it was written, Shanghai time.
    pub ingested_at: String,
    /// How many earlier publications of the same period it replaces.
    pub revisions: u32,
}

/// A range without figures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MissingObservationsBody {
    /// Its first day.
    pub start: NaiveDate,
    /// Its last day.
    pub end: NaiveDate,
    /// `not_yet_published`, `publication_unknown` (hidden by `as_of`, for nobody dates them), `before_first_period`,
    /// `after_last_period`, `no_period` (no period ends in the range).
    #[schema(example = "not_yet_published")]
    pub reason: String,
}

/// Every series there is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MacroListBody {
    /// By name.
    pub series: Vec<MacroListRow>,
    /// `curated`
    #[schema(example = "curated")]
    pub source: String,
    /// The generation that answered.
    pub generation: u64,
}

/// One series in the list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MacroListRow {
    /// Its name.
    #[schema(example = "china_cpi_yearly")]
    pub series: String,
    /// The unit of its values.
    pub unit: String,
    /// The vendors that have it.
    pub sources: Vec<String>,
    /// The end of its first period.
    pub first_period: NaiveDate,
    /// The end of its last period.
    pub last_period: NaiveDate,
    /// How many periods it has.
    pub periods: u64,
    /// The last day on which something of it was published.
    pub last_published_at: Option<NaiveDate>,
}
