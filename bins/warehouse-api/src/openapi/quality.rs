//! The shapes of `/quality/logs`, `/quality/rules` and `/quality/quarantine`.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Value, value::RawValue};
use utoipa::ToSchema;

/// An entry of the quality log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FindingBody {
    /// The same finding of a later check has the same id.
    #[schema(example = "9f2b6c1e0d4a4f7a8b3c5d6e7f809102")]
    pub id: String,
    /// The rule that found it: `GET /quality/rules` explains it.
    #[schema(example = "cross_source")]
    pub check: String,
    /// `info`, `warning` or `error`.
    #[schema(example = "warning")]
    pub severity: String,
    /// The code it is about; null for a finding about a whole day or data set.
    #[schema(example = "600519.SH")]
    pub code: Option<String>,
    /// The day it is about; null for a finding about a data set.
    pub trade_date: Option<NaiveDate>,
    /// In words.
    pub message: String,
    /// The values seen, by name.
    #[schema(value_type = Object)]
    pub details: Value,
    /// The generation in which a check found it; null for what the writer raised while it stored.
    pub generation: Option<u64>,
    /// When it was found; when it came back, for one that was closed in between. Shanghai time.
    #[schema(example = "2026-04-30T18:31:02+08:00")]
    pub found_at: String,
    /// When it no longer showed; null while it is open.
    pub closed_at: Option<String>,
}

/// A rule of the catalog.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleBody {
    /// Its name everywhere: `check` in the log, the label in metrics.
    #[schema(example = "cross_source")]
    pub code: String,
    /// How bad its findings are unless the rule says otherwise: `info`, `warning` or `error`.
    #[schema(example = "warning")]
    pub severity: String,
    /// Who raises it: `gate` (before a row is stored), `curation` (while it is curated), `generation` (over a published
    /// generation), `clock` or `machine`.
    #[schema(example = "generation")]
    pub origin: String,
    /// What it finds, in one line.
    pub title: String,
    /// Where the project's documentation explains it.
    #[schema(example = "docs/quality-rules.md#cross_source")]
    pub doc: String,
}

/// A vendor's row that was not stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QuarantinedBody {
    /// The same bad row has the same id, however often it is fetched.
    #[schema(example = "9f2b6c1e0d4a4f7a8b3c5d6e7f809102")]
    pub id: String,
    /// `held` (nobody has decided), `released`, `discarded`, or `superseded` (the vendor sent a good row later).
    #[schema(example = "held")]
    pub state: String,
    /// The rule that refused it.
    #[schema(example = "nonpositive_price")]
    pub rule: String,
    /// The vendor.
    #[schema(example = "tushare")]
    pub source: String,
    /// The table it was meant for, or the vendor's data set if it could not be read that far.
    #[schema(example = "normalized_daily")]
    pub dataset: String,
    /// The code, or the series, where that could be read.
    #[schema(example = "600519.SH")]
    pub code: Option<String>,
    /// The day, or the period, where that could be read.
    pub trade_date: Option<NaiveDate>,
    /// What is wrong with it, in words.
    pub reason: String,
    /// The offending value as it was sent.
    #[schema(example = "close=0.0")]
    pub value: String,
    /// The row in our units, as far as it could be read; null if it could not.
    #[schema(value_type = Option<Object>)]
    pub candidate: Option<Value>,
    /// The response it was last seen in.
    pub raw_id: Option<i64>,
    /// Which of that response's rows, from zero.
    pub raw_row: Option<i32>,
    /// When it was put aside, Shanghai time.
    #[schema(example = "2026-04-30T18:31:02+08:00")]
    pub quarantined_at: String,
    /// When it was decided about.
    pub decided_at: Option<String>,
    /// Who decided.
    pub decided_by: Option<String>,
    /// Why.
    pub note: Option<String>,
}

/// A vendor's row that was not stored, with the response it came from.
#[derive(Debug, Serialize, ToSchema)]
pub struct QuarantinedDetailBody {
    /// The entry.
    #[serde(flatten)]
    pub entry: QuarantinedBody,
    /// The vendor's own response; null where this generation does not hold it any more.
    pub raw: Option<QuarantinedRawBody>,
    /// The generation that answered.
    pub generation: u64,
}

/// The response that a quarantined row came in.
#[derive(Debug, Serialize, ToSchema)]
pub struct QuarantinedRawBody {
    /// The vendor's data set.
    #[schema(example = "daily")]
    pub dataset: String,
    /// The request, without its token.
    #[schema(value_type = Object)]
    pub request: Box<RawValue>,
    /// When the response arrived, Shanghai time.
    #[schema(example = "2026-04-30T18:31:02+08:00")]
    pub fetched_at: String,
    /// Its HTTP status.
    #[schema(example = 200)]
    pub http_status: u16,
    /// The names of the row's columns.
    pub fields: Vec<String>,
    /// The row in the vendor's own text, as in `layer=raw` of `/warehouse/daily`; null where it is not in the response.
    #[schema(value_type = Option<Object>)]
    pub row: Option<Box<RawValue>>,
}
