//! What the bookkeeping is told of a job's end: the freshness of what it should have brought, and the log entry of one that
//! failed. The name of a data set is the same for every vendor.

use chrono::{DateTime, Utc};
use job_queue::{JobContext, JobError, payload::IngestJob};
use serde_json::Value;
use warehouse::JobRun;

use super::JobsContext;
use crate::sources::Source;

/// The data set, in the terms of freshness, that a job brings.
fn dataset(job: &IngestJob) -> Option<&'static str> {
    Some(match job {
        IngestJob::FetchReference { source } if source == Source::Tdx.name() => "corporate_action",
        IngestJob::FetchReference { .. } => "reference",
        IngestJob::FetchDailyMarket { .. } => "daily",
        IngestJob::FetchFundamentals { .. } => "fundamentals",
        IngestJob::FetchMacro { .. } => "macro",
        IngestJob::BackfillHistory { .. } => "backfill",
        IngestJob::Compact | IngestJob::ExpireFeatures => return None,
    })
}

/// Notes that a job brought what it should. One that has sent itself on, or had nothing to do, has not.
pub(super) async fn succeeded(context: &JobsContext, job: &IngestJob, report: &Value) {
    let has = |key: &str| report.get(key).is_some();
    let Some((source, dataset)) = job.source().map(str::to_owned).zip(dataset(job)) else { return };
    if has("skipped") || has("continued_as") {
        return;
    }
    let now = context.clock.now();
    match context.writer.with(move |writer| writer.record_success(&source, dataset, now)).await {
        Ok(Ok(())) => context.board.changed(),
        Ok(Err(lost)) => tracing::warn!(error = %lost, "the success of a job could not be recorded"),
        Err(gone) => tracing::warn!(error = %gone, "the success of a job could not be recorded"),
    }
}

/// Notes a failed run in the bookkeeping. The job's own error stands whether or not that works.
pub(super) async fn failed(
    context: &JobsContext,
    job: &IngestJob,
    about: &JobContext,
    started_at: DateTime<Utc>,
    error: &JobError,
) {
    // A source that is not configured is the asker's mistake: it has no freshness.
    let configured = |name: &&str| Source::named(name).is_some_and(|source| context.sources.has(source));
    let concerned = job.source().filter(configured).map(str::to_owned).zip(dataset(job));
    let (message, outcome) = match error {
        JobError::Retry { error, .. } => (error.clone(), "retry"),
        JobError::Fatal(error) => (error.clone(), "failed"),
    };
    let finished_at = context.clock.now();
    let run = JobRun {
        job_id: about.id.clone(),
        kind: job.name().to_owned(),
        args: serde_json::to_value(job).unwrap_or_default(),
        started_at,
        finished_at,
        outcome: outcome.to_owned(),
        rows: 0,
        message: Some(message.clone()),
    };
    let noted = context.writer.with(move |writer| {
        if let Some((source, dataset)) = concerned {
            writer.record_failure(&source, dataset, &message, finished_at)?;
        }
        writer.record_run(&run)
    });
    match noted.await {
        Ok(Ok(())) => context.board.changed(),
        Ok(Err(lost)) => tracing::warn!(error = %lost, "the failed run could not be recorded"),
        Err(gone) => tracing::warn!(error = %gone, "the failed run could not be recorded"),
    }
}
