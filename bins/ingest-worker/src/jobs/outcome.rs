//! What a job reports, and how a vendor's or the writer's error becomes the queue's decision.

use std::{collections::BTreeSet, iter::once};

use chrono::{DateTime, Utc};
use job_queue::{JobContext, JobError};
use quality_rules::Severity;
use serde_json::{Value, json};
use warehouse::{Batch, JobRun, WarehouseError, Writer};

use super::{JobsContext, commits::Sum, defects};
use crate::{Stored, batch::BatchBuilder, refusal::Refusal};

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

/// Commits, and waits until readers see it. `refused` are answers about single codes that could not be used: their
/// responses are in the batch.
pub(crate) async fn commit(context: &JobsContext, batch: Batch, refused: &[Refusal]) -> Result<Stored, JobError> {
    let rows = rows_of(&batch);
    let (source, came) = (batch.source.clone(), defects::datasets(&batch));
    let batch = Batch { run: batch.run.map(|run| JobRun { rows, ..run }), ..batch };
    let stored = context.writer.commit(batch).await.map_err(|error| JobError::retry(format_args!("{error:#}")))?;
    defects::note(context, &source, came, refused.iter(), Severity::Warning).await;
    context.board.changed();
    Ok(stored)
}

fn rows_of(batch: &Batch) -> u64 {
    let rows = [
        batch.daily.len(),
        batch.basics.len(),
        batch.instruments.len(),
        batch.names.len(),
        batch.calendar.len(),
        batch.actions.len(),
        batch.fundamentals.len(),
        batch.macros.len(),
    ];
    rows.iter().sum::<usize>() as u64
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

/// Logs a run whose rows were committed in several batches.
pub(super) async fn log_run(context: &JobsContext, run: JobRun, sum: &Sum) -> Result<(), JobError> {
    let run = JobRun { rows: sum.rows(), ..run };
    ask_writer(context, move |writer| writer.record_run(&run)).await?;
    context.board.changed();
    Ok(())
}

/// The queue's decision about a vendor's refusal. The raw responses of a refused answer are kept first.
/// A data set whose columns or unit are not what they were is a finding until it comes again.
pub(crate) async fn refuse(context: &JobsContext, source: &str, mut refusal: Refusal) -> JobError {
    let kept = keep_responses(context, source, &mut refusal).await;
    defects::note(context, source, BTreeSet::new(), once(&refusal), Severity::Error).await;
    match kept {
        Ok(()) => refusal.into_job_error(context.clock.now()),
        Err(lost) => JobError::retry(format_args!("keep the responses of a refused batch ({refusal}): {lost}")),
    }
}

/// Stores the responses that a refusal carries, if any.
pub(crate) async fn keep_responses(context: &JobsContext, source: &str, refusal: &mut Refusal) -> Result<(), String> {
    let responses = refusal.take_responses();
    if responses.is_empty() {
        return Ok(());
    }
    let mut builder = BatchBuilder::new(source);
    builder.place(responses, Vec::new());
    match context.writer.commit(builder.finish(Batch::default())).await {
        Ok(_) => Ok(()),
        Err(error) => Err(format!("{error:#}")),
    }
}

/// Asks the writer something. Its errors are worth another try.
pub(crate) async fn ask_writer<R: Send + 'static>(
    context: &JobsContext,
    question: impl FnOnce(&mut Writer) -> Result<R, WarehouseError> + Send + 'static,
) -> Result<R, JobError> {
    context.writer.with(question).await.map_err(JobError::retry)?.map_err(JobError::retry)
}
