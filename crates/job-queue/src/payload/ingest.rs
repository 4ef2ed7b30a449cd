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
    /// All that a vendor has for the whole market on one day.
    FetchDailyMarket {
        /// The vendor, such as `tushare`.
        source: String,
        /// A trading day of the exchanges, Shanghai time.
        trade_date: NaiveDate,
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
            Self::Compact => "compact",
            Self::ExpireFeatures => "expire_features",
        }
    }
}

/// The shape on the wire.
#[derive(Serialize, Deserialize)]
#[serde(tag = "job", rename_all = "snake_case", deny_unknown_fields)]
enum Wire {
    FetchReference { source: String },
    FetchDailyMarket { source: String, trade_date: NaiveDate },
    Compact {},
    ExpireFeatures {},
}

impl From<Wire> for IngestJob {
    fn from(wire: Wire) -> Self {
        match wire {
            Wire::FetchReference { source } => Self::FetchReference { source },
            Wire::FetchDailyMarket { source, trade_date } => Self::FetchDailyMarket { source, trade_date },
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
        let tushare = || "tushare".to_owned();
        for (job, text) in [
            (
                IngestJob::FetchReference { source: tushare() },
                r#"{"version":1,"job":"fetch_reference","source":"tushare"}"#,
            ),
            (
                IngestJob::FetchDailyMarket { source: tushare(), trade_date },
                r#"{"version":1,"job":"fetch_daily_market","source":"tushare","trade_date":"2026-11-20"}"#,
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
