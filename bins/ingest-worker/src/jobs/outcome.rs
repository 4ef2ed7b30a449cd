//! What a job reports, and how a vendor's or the writer's error becomes the queue's decision.

use std::time::Duration;

use chrono::{DateTime, Utc};
use job_queue::{JobContext, JobError, payload::IngestJob};
use serde_json::{Value, json};
use source_tushare::{Decision, TushareError};
use warehouse::{Batch, JobRun};

use super::JobsContext;
use crate::{Stored, batch::BatchBuilder};

/// The log entry of a run that worked.
pub(super) fn succeeded(
    context: &JobsContext,
    job: &JobContext,
    kind: &str,
    args: Value,
    started_at: DateTime<Utc>,
) -> JobRun {
    let (job_id, kind) = (job.id.clone(), kind.to_owned());
    let finished_at = context.clock.now();
    JobRun { job_id, kind, args, started_at, finished_at, outcome: "ok".to_owned(), rows: 0, message: None }
}

/// Commits, and waits until readers see it.
pub(super) async fn commit(context: &JobsContext, batch: Batch) -> Result<Stored, JobError> {
    let rows = batch.daily.len() + batch.basics.len() + batch.instruments.len() + batch.calendar.len();
    let batch = Batch { run: batch.run.map(|run| JobRun { rows: rows as u64, ..run }), ..batch };
    let stored = context.writer.commit(batch).await.map_err(|error| JobError::retry(format_args!("{error:#}")))?;
    context.board.changed();
    Ok(stored)
}

/// The job's result, as `twilight jobs show` prints it.
pub(super) fn report(stored: &Stored) -> Value {
    let committed = &stored.committed;
    let mut report = json!({
        "changed": committed.changed,
        "inserted": committed.inserted,
        "replaced": committed.replaced,
        "unchanged": committed.unchanged,
        "vanished": committed.vanished,
        "generation": stored.published.as_ref().ok(),
    });
    if let Err(reason) = &stored.published {
        report["unpublished"] = json!(reason);
    }
    report
}

/// The queue's decision about a vendor's refusal.
pub(super) fn decide(error: TushareError, now: DateTime<Utc>) -> JobError {
    match error.decision() {
        Decision::RetryLater => JobError::retry(error),
        Decision::RetryAt(at) => {
            let wait = (at - now).to_std().unwrap_or(Duration::ZERO) + Duration::from_secs(1);
            JobError::retry_after(error, wait)
        }
        Decision::Stop => JobError::fatal(error),
    }
}

/// As [`decide`]; the raw responses of a refused batch are kept first.
pub(super) async fn refuse(context: &JobsContext, source: &str, mut error: TushareError) -> JobError {
    let pages = error.take_pages();
    if !pages.is_empty() {
        let mut builder = BatchBuilder::new(source);
        builder.place(pages, Vec::new());
        if let Err(lost) = context.writer.commit(builder.finish(Batch::default())).await {
            return JobError::retry(format_args!("keep the responses of a refused batch ({error}): {lost:#}"));
        }
    }
    decide(error, context.clock.now())
}

/// Notes a failed run in the bookkeeping. The job's own error stands whether or not that works.
pub(super) async fn record_failure(
    context: &JobsContext,
    job: &IngestJob,
    about: &JobContext,
    started_at: DateTime<Utc>,
    error: &JobError,
) {
    // A source that is not configured is the asker's mistake: it has no freshness.
    let source = job.source().filter(|source| context.tushare(source).is_ok()).map(str::to_owned);
    let kind = job.name().to_owned();
    let (message, outcome) = match error {
        JobError::Retry { error, .. } => (error.clone(), "retry"),
        JobError::Fatal(error) => (error.clone(), "failed"),
    };
    let dataset = match job {
        IngestJob::FetchReference { .. } => "reference",
        _ => "daily",
    };
    let finished_at = context.clock.now();
    let run = JobRun {
        job_id: about.id.clone(),
        kind,
        args: serde_json::to_value(job).unwrap_or_default(),
        started_at,
        finished_at,
        outcome: outcome.to_owned(),
        rows: 0,
        message: Some(message.clone()),
    };
    let noted = context.writer.with(move |writer| {
        if let Some(source) = &source {
            writer.record_failure(source, dataset, &message, finished_at)?;
        }
        writer.record_run(&run)
    });
    match noted.await {
        Ok(Ok(())) => context.board.changed(),
        Ok(Err(lost)) => tracing::warn!(error = %lost, "the failed run could not be recorded"),
        Err(gone) => tracing::warn!(error = %gone, "the failed run could not be recorded"),
    }
}
