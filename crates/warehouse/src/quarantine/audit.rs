//! What is written down about a decision: a fact per entry in the log of findings, and the run.

use chrono::{DateTime, Utc};
use duckdb::Connection;
use quality_rules::RuleInfo;
use serde_json::json;

use super::{QuarantineDecision, QuarantinedRow};
use crate::{
    JobRun, WarehouseError,
    findings::log::{self, Entry},
    writer::bookkeeping,
};

/// Logs the decision about every entry: a closed finding, with who decided, why, and what the row was.
pub(super) fn note_decision(
    conn: &Connection,
    rule: &'static RuleInfo,
    entries: &[QuarantinedRow],
    decision: &QuarantineDecision,
    now: DateTime<Utc>,
) -> Result<(), WarehouseError> {
    let facts: Vec<_> = entries
        .iter()
        .map(|entry| Entry {
            check: rule.code.to_owned(),
            severity: rule.severity.as_str(),
            code: entry.code.clone(),
            trade_date: entry.trade_date,
            subject: format!("quarantine:{}", entry.id),
            message: message(rule, entry, decision),
            details: json!({
                "by": decision.by,
                "note": decision.note,
                "force": decision.force,
                "job_id": decision.job_id,
                "rule": entry.rule,
                "reason": entry.reason,
                "value": entry.value,
                "source": entry.source,
                "dataset": entry.dataset,
                "raw_id": entry.raw_id,
                "raw_row": entry.raw_row,
            }),
        })
        .collect();
    log::provide(conn, &facts)?;
    log::note_provided(conn, now)
}

fn message(rule: &RuleInfo, entry: &QuarantinedRow, decision: &QuarantineDecision) -> String {
    let deed = rule.code.rsplit('_').next().unwrap_or(rule.code);
    let how = if decision.force { " by force" } else { "" };
    let why = if decision.note.trim().is_empty() { String::new() } else { format!(": {}", decision.note) };
    format!("{deed}{how} by {} ({}){why}", decision.by, entry.reason)
}

/// Logs the run, with the ids of the entries that it decided about.
pub(super) fn note_run(
    conn: &Connection,
    kind: &str,
    entries: &[QuarantinedRow],
    decision: &QuarantineDecision,
    now: DateTime<Utc>,
) -> Result<(), WarehouseError> {
    let ids: Vec<_> = entries.iter().map(|entry| &entry.id).collect();
    let run = JobRun {
        job_id: decision.job_id.clone(),
        kind: kind.to_owned(),
        args: json!({"ids": ids, "by": decision.by, "note": decision.note, "force": decision.force}),
        started_at: now,
        finished_at: now,
        outcome: "ok".to_owned(),
        rows: entries.len() as u64,
        message: None,
    };
    bookkeeping::record_run(conn, &run)
}
