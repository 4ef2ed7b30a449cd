//! The queue `warehouse-write`: what others want to have written, for this process is the only one that writes.
//!
//! Its jobs run one at a time, so that the parts of a check arrive in their order. None of them asks a vendor.

use chrono::{DateTime, Utc};
use job_queue::{
    JobContext, JobError,
    payload::{Decision, WarehouseWriteJob},
};
use serde_json::{Value, json};
use warehouse::{JobRun, QuarantineDecision, QuarantineOutcome, WarehouseError, Writer};

use super::{
    JobsContext, context::stop_is_pressing, discard_quarantine, record_findings, record_gateway_usage,
    release_quarantine,
};

impl JobsContext {
    /// Runs one job of the queue `warehouse-write`.
    pub(crate) async fn handle_write(&self, job: WarehouseWriteJob, about: JobContext) -> Result<Value, JobError> {
        let _running = self.board.started(&about.id, job.name(), self.clock.now());
        let result = tokio::select! {
            result = self.write(&job, &about) => result,
            () = stop_is_pressing(&about.shutdown) => {
                return Err(JobError::retry("the worker is stopping; the next one takes the job"));
            }
        };
        self.board.changed();
        result
    }

    async fn write(&self, job: &WarehouseWriteJob, about: &JobContext) -> Result<Value, JobError> {
        let started_at = self.clock.now();
        match job {
            // Checks record thousands of findings in many parts: `last_checks` tells of them, not the log of runs.
            WarehouseWriteJob::RecordFindings(findings) => record_findings::run(self, findings).await,
            WarehouseWriteJob::RecordGatewayUsage(report) => record_gateway_usage::run(self, report).await,
            WarehouseWriteJob::ReleaseQuarantine(decision) => {
                let result = release_quarantine::run(self, decision, about).await;
                log_failure(self, job, about, started_at, &result).await;
                result
            }
            WarehouseWriteJob::DiscardQuarantine(decision) => {
                let result = discard_quarantine::run(self, decision, about).await;
                log_failure(self, job, about, started_at, &result).await;
                result
            }
        }
    }
}

/// Writes something. What the writer cannot make sense of is never tried again; a full disk, and whatever else DuckDB
/// stumbles over, may pass.
pub(super) async fn write<R: Send + 'static>(
    context: &JobsContext,
    work: impl FnOnce(&mut Writer) -> Result<R, WarehouseError> + Send + 'static,
) -> Result<R, JobError> {
    context.writer.write(work).await.map_err(JobError::retry)?.map_err(decide)
}

fn decide(error: WarehouseError) -> JobError {
    match error {
        WarehouseError::BadBatch(_) => JobError::fatal(error),
        passing => JobError::retry(passing),
    }
}

/// The decision in the writer's terms.
pub(super) fn decision(decision: &Decision, about: &JobContext) -> QuarantineDecision {
    QuarantineDecision {
        by: decision.by.clone(),
        note: decision.note.clone(),
        force: decision.force,
        job_id: about.id.clone(),
    }
}

/// The ids that a decision names, each once.
///
/// # Errors
/// Fatal where it names none, or nobody who decided.
pub(super) fn ids(decision: &Decision) -> Result<Vec<String>, JobError> {
    let mut ids = decision.ids.clone();
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Err(JobError::fatal("the decision names no row: `ids` is empty"));
    }
    if decision.by.trim().is_empty() {
        return Err(JobError::fatal("the decision names nobody who made it: `by` is empty"));
    }
    Ok(ids)
}

/// What rows are called in a result that a decision was carried out about.
const DONE: [&str; 2] = [RELEASED, DISCARDED];
/// Rows that were put where they belong.
pub(super) const RELEASED: &str = "released";
/// Rows that were closed without being used.
pub(super) const DISCARDED: &str = "discarded";

/// Ids of each sort that a result names; the queue keeps no longer text than that. The counts say how many there are.
const NAMED: usize = 100;

/// The job's result, as `twilight jobs show` prints it. `done` is what the decision is called in it.
pub(super) async fn report(context: &JobsContext, done: &str, outcome: &QuarantineOutcome) -> Result<Value, JobError> {
    let first = |ids: &[String]| ids.iter().take(NAMED).cloned().collect::<Vec<_>>();
    let refused = outcome.refused.iter().take(NAMED).map(|(id, reason)| json!({ "id": id, "reason": reason }));
    let mut report = json!({
        done: first(&outcome.released),
        "refused": refused.collect::<Vec<_>>(),
        "unknown": first(&outcome.unknown),
        "already_decided": first(&outcome.already),
        "counts": {
            done: outcome.released.len(),
            "refused": outcome.refused.len(),
            "unknown": outcome.unknown.len(),
            "already_decided": outcome.already.len(),
        },
    });
    match context.writer.published().await.map_err(JobError::retry)? {
        Ok(generation) => report["generation"] = json!(generation),
        Err(reason) => report["unpublished"] = json!(reason),
    }
    Ok(report)
}

/// Notes a decision that came to nothing in the log of runs; of one that did the writer notes it together with the rows.
/// The job's own result stands whether or not that works.
async fn log_failure(
    context: &JobsContext,
    job: &WarehouseWriteJob,
    about: &JobContext,
    started_at: DateTime<Utc>,
    result: &Result<Value, JobError>,
) {
    let (outcome, message) = match result {
        Ok(report) if report["counts"]["refused"].as_u64() == Some(0) => return,
        Ok(report) if DONE.iter().any(|done| report["counts"][done].as_u64().is_some_and(|rows| rows > 0)) => return,
        Ok(report) => ("refused", report["refused"].to_string()),
        Err(JobError::Retry { error, .. }) => ("retry", error.clone()),
        Err(JobError::Fatal(error)) => ("failed", error.clone()),
    };
    let run = JobRun {
        job_id: about.id.clone(),
        kind: job.name().to_owned(),
        args: serde_json::to_value(job).unwrap_or_default(),
        started_at,
        finished_at: context.clock.now(),
        outcome: outcome.to_owned(),
        rows: 0,
        message: Some(message),
    };
    match context.writer.write(move |writer| writer.record_run(&run)).await {
        Ok(Ok(())) => {}
        Ok(Err(lost)) => tracing::warn!(error = %lost, "the decision could not be logged"),
        Err(gone) => tracing::warn!(error = %gone, "the decision could not be logged"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_malformed_is_never_tried_again_and_a_full_disk_is() {
        let malformed = decide(WarehouseError::BadBatch("`by` is empty".to_owned()));
        assert_eq!(malformed, JobError::fatal("the batch is malformed: `by` is empty"));
        for passing in [
            WarehouseError::DiskFull("No space left on device".to_owned()),
            WarehouseError::Unavailable("closed after an error".to_owned()),
            WarehouseError::Io(std::io::Error::other("input/output error")),
        ] {
            assert!(matches!(decide(passing), JobError::Retry { after: None, .. }));
        }
    }
}
