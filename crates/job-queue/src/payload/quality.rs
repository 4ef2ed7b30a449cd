//! Jobs of the queue `quality`, run by `quality-worker`.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::envelope::versioned;

const VERSION: u64 = 1;

/// What quality-worker can be asked to do.
///
/// `{"version":1,"job":"check_generation","dates":["2026-11-20"]}`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self", tag = "job", rename_all = "snake_case", deny_unknown_fields)]
pub enum QualityJob {
    /// Run every rule over days of the current generation.
    CheckGeneration {
        /// At least this generation; a worker that sees an older one tries again later. Whatever is current without it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        generation: Option<u64>,
        /// The days to judge; the whole history without them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        dates: Option<Vec<NaiveDate>>,
    },
    /// Judge by the clock whether every source has brought what is due.
    CheckFreshness {},
}

impl QualityJob {
    /// The value of `job`, also the beginning of the job's id.
    pub fn name(&self) -> &'static str {
        match self {
            Self::CheckGeneration { .. } => "check_generation",
            Self::CheckFreshness {} => "check_freshness",
        }
    }
}

versioned!(QualityJob, "QualityJob", VERSION);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wire_form_is_what_an_operator_types() {
        let day = NaiveDate::from_ymd_opt(2026, 11, 20).unwrap();
        for (job, text) in [
            (
                QualityJob::CheckGeneration { generation: Some(7), dates: Some(vec![day]) },
                r#"{"version":1,"job":"check_generation","generation":7,"dates":["2026-11-20"]}"#,
            ),
            (
                QualityJob::CheckGeneration { generation: None, dates: None },
                r#"{"version":1,"job":"check_generation"}"#,
            ),
            (QualityJob::CheckFreshness {}, r#"{"version":1,"job":"check_freshness"}"#),
        ] {
            assert_eq!(serde_json::to_string(&job).unwrap(), text);
            assert_eq!(serde_json::from_str::<QualityJob>(text).unwrap(), job);
            assert!(text.contains(&format!("\"{}\"", job.name())));
        }
        for text in [
            r#"{"job":"check_freshness"}"#,
            r#"{"version":2,"job":"check_freshness"}"#,
            r#"{"version":1,"job":"check_freshness","now":true}"#,
            r#"{"version":1,"job":"check_generation","dates":["20261120"]}"#,
        ] {
            assert!(serde_json::from_str::<QualityJob>(text).is_err(), "{text}");
        }
    }
}
