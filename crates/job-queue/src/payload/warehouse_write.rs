//! Jobs of the queue `warehouse-write`: what others want to have written. Run by `ingest-worker`, the only writer.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{RecordGatewayUsage, envelope::versioned};

const VERSION: u64 = 1;

/// What the writer can be asked to write.
///
/// `{"version":1,"job":"discard_quarantine","ids":["9f…"],"by":"ops","note":"the vendor corrected it"}`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self", tag = "job", rename_all = "snake_case", deny_unknown_fields)]
pub enum WarehouseWriteJob {
    /// What a check found. The open findings in its scope become exactly these.
    RecordFindings(Box<RecordFindings>),
    /// Put quarantined rows where they belong, if they pass the gate now.
    ReleaseQuarantine(Decision),
    /// Close quarantined rows without using them.
    DiscardQuarantine(Decision),
    /// What the gateway relayed in an hour.
    RecordGatewayUsage(RecordGatewayUsage),
}

/// What a check found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordFindings {
    /// The check: `check_generation` or `check_freshness`.
    pub check: String,
    /// The generation that was read; `None` for a check by the clock before there is one.
    pub generation: Option<u64>,
    /// The market commits that the generation holds.
    pub commit_seq: u64,
    /// When it was checked, RFC 3339.
    pub checked_at: chrono::DateTime<chrono::Utc>,
    /// What was judged.
    pub scope: FindingScope,
    /// Whether this is the last part of the check: then it counts as done.
    pub last: bool,
    /// What was found in the scope.
    pub findings: Vec<FindingRecord>,
}

/// What was judged: an open finding of these rules, days and codes that is not found again is closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FindingScope {
    /// Rules that were run, by code.
    pub checks: Vec<String>,
    /// The days; all days, and findings without a day, when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dates: Option<Vec<NaiveDate>>,
    /// First code, inclusive; findings without a code belong to the part that has no first code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_code: Option<String>,
    /// The code behind the last, exclusive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_code: Option<String>,
}

/// One finding on its way to the writer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FindingRecord {
    /// The rule's code.
    pub check: String,
    /// `info`, `warning` or `error`.
    pub severity: String,
    /// The code it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The day it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trade_date: Option<NaiveDate>,
    /// What else identifies it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub subject: String,
    /// In words.
    pub message: String,
    /// The values seen.
    pub details: Value,
}

/// What somebody decided about quarantined rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// Ids of the rows.
    pub ids: Vec<String>,
    /// Who decided.
    pub by: String,
    /// Why.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// Release what the gate refuses still, as far as it can be stored at all. It is audited like every decision.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub force: bool,
}

impl WarehouseWriteJob {
    /// The value of `job`, also the beginning of the job's id.
    pub fn name(&self) -> &'static str {
        match self {
            Self::RecordFindings(_) => "record_findings",
            Self::ReleaseQuarantine(_) => "release_quarantine",
            Self::DiscardQuarantine(_) => "discard_quarantine",
            Self::RecordGatewayUsage(_) => "record_gateway_usage",
        }
    }
}

versioned!(WarehouseWriteJob, "WarehouseWriteJob", VERSION);

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_wire_form_is_what_an_operator_types() {
        let decision = Decision { ids: vec!["9f".to_owned()], by: "ops".to_owned(), note: String::new(), force: false };
        for (job, text) in [
            (
                WarehouseWriteJob::ReleaseQuarantine(Decision { force: true, ..decision.clone() }),
                r#"{"version":1,"job":"release_quarantine","ids":["9f"],"by":"ops","force":true}"#,
            ),
            (
                WarehouseWriteJob::DiscardQuarantine(decision),
                r#"{"version":1,"job":"discard_quarantine","ids":["9f"],"by":"ops"}"#,
            ),
        ] {
            assert_eq!(serde_json::to_string(&job).unwrap(), text);
            assert_eq!(serde_json::from_str::<WarehouseWriteJob>(text).unwrap(), job);
            assert!(text.contains(&format!("\"{}\"", job.name())));
        }
    }

    #[test]
    fn findings_read_back() {
        let finding = FindingRecord {
            check: "price_limit".to_owned(),
            severity: "error".to_owned(),
            code: Some("600519.SH".to_owned()),
            trade_date: NaiveDate::from_ymd_opt(2026, 11, 20),
            subject: String::new(),
            message: "beyond".to_owned(),
            details: json!({"close": 11.5}),
        };
        let job = WarehouseWriteJob::RecordFindings(Box::new(RecordFindings {
            check: "check_generation".to_owned(),
            generation: Some(7),
            commit_seq: 9,
            checked_at: chrono::DateTime::UNIX_EPOCH,
            scope: FindingScope {
                checks: vec!["price_limit".to_owned()],
                dates: None,
                from_code: None,
                to_code: Some("600000.SH".to_owned()),
            },
            last: true,
            findings: vec![finding],
        }));
        let text = serde_json::to_string(&job).unwrap();
        assert!(text.starts_with(r#"{"version":1,"job":"record_findings","check":"check_generation""#), "{text}");
        assert_eq!(serde_json::from_str::<WarehouseWriteJob>(&text).unwrap(), job);
    }
}
