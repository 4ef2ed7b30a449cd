//! `record_findings`: what a check found becomes what is open in `quality_log`.

use job_queue::{
    JobError,
    payload::{FindingRecord, RecordFindings},
};
use serde_json::{Value, json};
use warehouse::{FindingsRecord, FindingsScope, FoundRow};

use super::{JobsContext, warehouse_write::write};

pub(super) async fn run(context: &JobsContext, findings: &RecordFindings) -> Result<Value, JobError> {
    let (record, now) = (record(findings), context.clock.now());
    let recorded = write(context, move |writer| writer.record_findings(&record, now)).await?;
    if findings.last {
        // What became due while the check ran can be asked for now.
        context.recorded.notify_one();
    }
    Ok(json!({
        "opened": recorded.opened,
        "kept": recorded.kept,
        "closed": recorded.closed,
        "skipped_days": recorded.skipped_days,
    }))
}

fn record(findings: &RecordFindings) -> FindingsRecord {
    let scope = findings.scope.clone();
    FindingsRecord {
        check: findings.check.clone(),
        generation: findings.generation,
        commit_seq: findings.commit_seq,
        checked_at: findings.checked_at,
        scope: FindingsScope {
            checks: scope.checks,
            dates: scope.dates,
            from_code: scope.from_code,
            to_code: scope.to_code,
        },
        last: findings.last,
        findings: findings.findings.iter().cloned().map(found).collect(),
    }
}

fn found(finding: FindingRecord) -> FoundRow {
    let FindingRecord { check, severity, code, trade_date, subject, message, details } = finding;
    FoundRow { check, severity, code, trade_date, subject, message, details }
}
