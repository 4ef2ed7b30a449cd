//! Jobs of the queue `ingest`, run by `ingest-worker`.

use chrono::NaiveDate;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::Value;

use super::envelope::{self, PayloadError, Sealed};

const VERSION: u64 = 1;

/// What ingest-worker can be asked to do.
///
/// `{"version":1,"job":"fetch_daily_market","source":"tushare","trade_date":"2026-11-20"}`
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IngestJob {
    /// Calendar, instruments and corporate actions.
    FetchReference {
        /// The vendor, such as `tushare`.
        source: String,
    },
    /// All that a vendor has for the whole market on one day; of a vendor of global bars, the watched codes up to it.
    FetchDailyMarket {
        /// The vendor: `tushare`, `tdx`, `yahoo` …
        source: String,
        /// A trading day of the exchanges, Shanghai time; for global bars the last day wanted.
        trade_date: NaiveDate,
    },
    /// What companies report about one period.
    FetchFundamentals {
        /// The vendor, `tushare` or `tdx`.
        source: String,
        /// The last day of the period: a quarter's end.
        period: NaiveDate,
        /// Of these companies only; of all without it.
        codes: Option<Vec<String>>,
    },
    /// Macroeconomic series.
    FetchMacro {
        /// The vendor, `aktools`.
        source: String,
        /// One series; all that are configured without it.
        series: Option<String>,
    },
    /// Whole histories, code by code, resumed where it stopped.
    BackfillHistory {
        /// The vendor, `tdx` or `tushare`.
        source: String,
        /// These codes only; every listed one without it.
        codes: Option<Vec<String>>,
        /// First day wanted.
        from: NaiveDate,
        /// Last day wanted.
        to: NaiveDate,
        /// Which stretch of the work this is: a long backfill sends itself on, 0 is the first.
        part: u32,
    },
    /// Build a new base from base and tail.
    Compact,
    /// Drop stored features older than the window.
    ExpireFeatures,
}

impl IngestJob {
    /// The value of `job`, also the beginning of the job's id.
    pub fn name(&self) -> &'static str {
        match self {
            Self::FetchReference { .. } => "fetch_reference",
            Self::FetchDailyMarket { .. } => "fetch_daily_market",
            Self::FetchFundamentals { .. } => "fetch_fundamentals",
            Self::FetchMacro { .. } => "fetch_macro",
            Self::BackfillHistory { .. } => "backfill_history",
            Self::Compact => "compact",
            Self::ExpireFeatures => "expire_features",
        }
    }
}

/// The shape on the wire.
#[derive(Serialize, Deserialize)]
#[serde(tag = "job", rename_all = "snake_case", deny_unknown_fields)]
enum Wire {
    FetchReference {
        source: String,
    },
    FetchDailyMarket {
        source: String,
        trade_date: NaiveDate,
    },
    FetchFundamentals {
        source: String,
        period: NaiveDate,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        codes: Option<Vec<String>>,
    },
    FetchMacro {
        source: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        series: Option<String>,
    },
    BackfillHistory {
        source: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        codes: Option<Vec<String>>,
        from: NaiveDate,
        to: NaiveDate,
        #[serde(default, skip_serializing_if = "is_first")]
        part: u32,
    },
    Compact {},
    ExpireFeatures {},
}

fn is_first(part: &u32) -> bool {
    *part == 0
}

impl From<Wire> for IngestJob {
    fn from(wire: Wire) -> Self {
        match wire {
            Wire::FetchReference { source } => Self::FetchReference { source },
            Wire::FetchDailyMarket { source, trade_date } => Self::FetchDailyMarket { source, trade_date },
            Wire::FetchFundamentals { source, period, codes } => Self::FetchFundamentals { source, period, codes },
            Wire::FetchMacro { source, series } => Self::FetchMacro { source, series },
            Wire::BackfillHistory { source, codes, from, to, part } => {
                Self::BackfillHistory { source, codes, from, to, part }
            }
            Wire::Compact {} => Self::Compact,
            Wire::ExpireFeatures {} => Self::ExpireFeatures,
        }
    }
}

impl From<IngestJob> for Wire {
    fn from(job: IngestJob) -> Self {
        match job {
            IngestJob::FetchReference { source } => Self::FetchReference { source },
            IngestJob::FetchDailyMarket { source, trade_date } => Self::FetchDailyMarket { source, trade_date },
            IngestJob::FetchFundamentals { source, period, codes } => Self::FetchFundamentals { source, period, codes },
            IngestJob::FetchMacro { source, series } => Self::FetchMacro { source, series },
            IngestJob::BackfillHistory { source, codes, from, to, part } => {
                Self::BackfillHistory { source, codes, from, to, part }
            }
            IngestJob::Compact => Self::Compact {},
            IngestJob::ExpireFeatures => Self::ExpireFeatures {},
        }
    }
}

impl TryFrom<Value> for IngestJob {
    type Error = PayloadError;

    fn try_from(payload: Value) -> Result<Self, PayloadError> {
        envelope::open::<Wire>(payload, VERSION).map(Self::from)
    }
}

impl Serialize for IngestJob {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Sealed { version: VERSION, body: Wire::from(self.clone()) }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for IngestJob {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::try_from(Value::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refusal(payload: Value) -> String {
        serde_json::from_value::<IngestJob>(payload).unwrap_err().to_string()
    }

    #[test]
    fn the_wire_form_is_what_an_operator_types() {
        let trade_date = NaiveDate::from_ymd_opt(2026, 11, 20).unwrap();
        let quarter = NaiveDate::from_ymd_opt(2026, 9, 30).unwrap();
        let first_day = NaiveDate::from_ymd_opt(2016, 1, 4).unwrap();
        let tushare = || "tushare".to_owned();
        let backfill = |part, codes| {
            let source = "tdx".to_owned();
            IngestJob::BackfillHistory { source, codes, from: first_day, to: trade_date, part }
        };
        for (job, text) in [
            (
                IngestJob::FetchReference { source: tushare() },
                r#"{"version":1,"job":"fetch_reference","source":"tushare"}"#,
            ),
            (
                IngestJob::FetchDailyMarket { source: tushare(), trade_date },
                r#"{"version":1,"job":"fetch_daily_market","source":"tushare","trade_date":"2026-11-20"}"#,
            ),
            (
                IngestJob::FetchFundamentals { source: tushare(), period: quarter, codes: None },
                r#"{"version":1,"job":"fetch_fundamentals","source":"tushare","period":"2026-09-30"}"#,
            ),
            (
                IngestJob::FetchMacro { source: "aktools".to_owned(), series: Some("china_cpi_yearly".to_owned()) },
                r#"{"version":1,"job":"fetch_macro","source":"aktools","series":"china_cpi_yearly"}"#,
            ),
            (
                backfill(0, None),
                r#"{"version":1,"job":"backfill_history","source":"tdx","from":"2016-01-04","to":"2026-11-20"}"#,
            ),
            (
                backfill(2, Some(vec!["600519.SH".to_owned()])),
                r#"{"version":1,"job":"backfill_history","source":"tdx","codes":["600519.SH"],"from":"2016-01-04","to":"2026-11-20","part":2}"#,
            ),
            (IngestJob::Compact, r#"{"version":1,"job":"compact"}"#),
            (IngestJob::ExpireFeatures, r#"{"version":1,"job":"expire_features"}"#),
        ] {
            assert_eq!(serde_json::to_string(&job).unwrap(), text);
            assert_eq!(serde_json::from_str::<IngestJob>(text).unwrap(), job);
            assert!(text.contains(&format!("\"{}\"", job.name())));
        }
    }

    #[test]
    fn a_payload_that_cannot_be_read_says_why() {
        assert_eq!(
            refusal(json!({"version": 2, "job": "compact"})),
            "the payload has version 2; this worker reads version 1"
        );
        assert!(refusal(json!({"job": "compact"})).contains("no \"version\""));
        assert!(refusal(json!([1])).contains("not a JSON object"));
        assert!(refusal(json!({"version": 1, "job": "compress"})).contains("unknown variant `compress`"));
        assert!(refusal(json!({"version": 1, "job": "compact", "force": true})).contains("unknown field `force`"));
        assert!(refusal(json!({"version": 1, "job": "fetch_reference"})).contains("missing field `source`"));
        let wrong_date =
            json!({"version": 1, "job": "fetch_daily_market", "source": "tushare", "trade_date": "20261120"});
        assert!(!refusal(wrong_date).is_empty());
    }
}
