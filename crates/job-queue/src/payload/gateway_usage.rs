//! `record_gateway_usage`: what the gateway relayed in an hour, on its way to the warehouse.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

/// One hour. The latest version of it counts: sent again, or late, it changes nothing.
///
/// `{"version":1,"job":"record_gateway_usage","hour":"2026-11-23T02:00:00Z","report":1,"rows":[…]}`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordGatewayUsage {
    /// The hour's beginning, RFC 3339.
    pub hour: DateTime<Utc>,
    /// The number of the report about this hour, from 1 on: a later one replaces an earlier one.
    pub report: u64,
    /// All of the hour; each profile, channel and model once.
    pub rows: Vec<GatewayUsageRecord>,
}

/// What one profile used of one model on one channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GatewayUsageRecord {
    /// Whose requests.
    pub profile: String,
    /// The channel that served them; empty for requests that no channel was asked for.
    pub channel: String,
    /// The model by its public name.
    pub model: String,
    /// Requests.
    pub requests: u64,
    /// Of these, requests that failed.
    pub failed: u64,
    /// Tokens of the prompts, cached ones included.
    pub input_tokens: u64,
    /// Of these, tokens that the upstream had cached.
    pub cached_tokens: u64,
    /// Tokens of the answers, thinking included.
    pub output_tokens: u64,
    /// Of these, tokens of thinking.
    pub thinking_tokens: u64,
    /// What it cost, nano-yuan (10⁻⁹ CNY).
    pub cny_nano: i64,
    /// The part of it that no upstream has confirmed, nano-yuan.
    pub estimated_cny_nano: i64,
}

impl RecordGatewayUsage {
    /// The job's id: `usage@2026-11-23T02:00:00Zv1`. A report is pushed under it as often as it takes.
    pub fn id(&self) -> String {
        format!("usage@{}v{}", self.hour.to_rfc3339_opts(SecondsFormat::Secs, true), self.report)
    }
}

#[cfg(test)]
mod tests {
    use crate::payload::WarehouseWriteJob;

    #[test]
    fn an_hour_reads_back_and_its_id_names_the_hour_and_the_report() {
        let row = r#"{"profile":"alice","channel":"sf-1","model":"qwen-plus","requests":3,"failed":1,"input_tokens":900,"cached_tokens":10,"output_tokens":500,"thinking_tokens":100,"cny_nano":1200000001,"estimated_cny_nano":1}"#;
        let text = format!(
            r#"{{"version":1,"job":"record_gateway_usage","hour":"2026-11-23T02:00:00Z","report":2,"rows":[{row}]}}"#
        );
        let job: WarehouseWriteJob = serde_json::from_str(&text).unwrap();
        assert_eq!((serde_json::to_string(&job).unwrap(), job.name()), (text, "record_gateway_usage"));
        let WarehouseWriteJob::RecordGatewayUsage(usage) = job else { panic!("{job:?}") };
        assert_eq!(usage.id(), "usage@2026-11-23T02:00:00Zv2");
        assert!(crate::job_id::check_id(&usage.id()).is_ok());
        assert_eq!((usage.rows[0].cny_nano, usage.rows[0].failed), (1_200_000_001, 1));
    }

    #[test]
    fn a_row_with_an_unknown_field_is_refused() {
        let text = r#"{"version":1,"job":"record_gateway_usage","hour":"2026-11-23T02:00:00Z","report":1,"rows":[{"cost":1}]}"#;
        let error = serde_json::from_str::<WarehouseWriteJob>(text).unwrap_err().to_string();
        assert!(error.contains("cost"), "{error}");
    }
}
