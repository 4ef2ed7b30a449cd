//! `record_gateway_usage`: an hour of the gateway's becomes what `gateway_usage` says about it.

use job_queue::{
    JobError,
    payload::{GatewayUsageRecord, RecordGatewayUsage},
};
use serde_json::{Value, json};
use warehouse::{GatewayUsage, GatewayUsageRow, UsageRecorded};

use super::{JobsContext, warehouse_write::write};

pub(super) async fn run(context: &JobsContext, report: &RecordGatewayUsage) -> Result<Value, JobError> {
    let (usage, now) = (usage(report), context.clock.now());
    let rows = usage.rows.len();
    let recorded = write(context, move |writer| writer.record_gateway_usage(&usage, now)).await?;
    Ok(match recorded {
        UsageRecorded::Stored => json!({ "stored": rows }),
        UsageRecorded::Known { version } => json!({ "stored": 0, "known": version }),
    })
}

fn usage(report: &RecordGatewayUsage) -> GatewayUsage {
    GatewayUsage { hour: report.hour, version: report.report, rows: report.rows.iter().map(row).collect() }
}

fn row(record: &GatewayUsageRecord) -> GatewayUsageRow {
    GatewayUsageRow {
        profile: record.profile.clone(),
        channel: record.channel.clone(),
        model: record.model.clone(),
        requests: record.requests,
        failed: record.failed,
        input_tokens: record.input_tokens,
        cached_tokens: record.cached_tokens,
        output_tokens: record.output_tokens,
        thinking_tokens: record.thinking_tokens,
        cny_nano: record.cny_nano,
        estimated_cny_nano: record.estimated_cny_nano,
    }
}
