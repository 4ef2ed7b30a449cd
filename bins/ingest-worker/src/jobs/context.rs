//! What a job may use, and which job a payload names.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use daemon_kit::clock::Clock;
use job_queue::{JobContext, JobError, Queue, payload::IngestJob};
use serde_json::Value;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::{
    backfill_history, compact, ending, expire_features, fetch_daily_market, fetch_fundamentals, fetch_macro,
    fetch_reference,
};
use crate::{
    CrashPoint, PublicationTime, WriterHandle, backfill::Backfills, fallback::SourceOrder, partial_day::PartialDays,
    sources::Sources, status::StatusBoard,
};

/// A job still running this long after the worker was asked to stop is given back to the queue: it may be waiting for a
/// vendor's next minute, and supervisors kill after ten seconds. A batch already handed to the writer is committed all
/// the same, and the job's next run finds it there.
const STOP_PATIENCE: Duration = Duration::from_secs(6);

/// What a job may use: the writer, the vendors, the clock. Cheap to clone.
#[derive(Clone)]
pub(crate) struct JobsContext {
    /// The one writer.
    pub(crate) writer: WriterHandle,
    /// The vendors' clients.
    pub(crate) sources: Sources,
    /// Where the jobs come from, for those that send others.
    pub(crate) queue: Queue<IngestJob>,
    /// Which vendor is asked for a mainland day, and which one next.
    pub(crate) order: SourceOrder,
    /// Now.
    pub(crate) clock: Clock,
    /// Which jobs run, for `status.json`.
    pub(crate) board: StatusBoard,
    /// When a day's bars are final.
    pub(crate) publication: PublicationTime,
    /// When an incomplete day is asked for again.
    pub(crate) incomplete_retry: Duration,
    /// A vendor that will give nothing for longer than this is stood in for at once.
    pub(crate) fallback_after: Duration,
    /// How long one stretch of a long job may take before it sends itself on.
    pub(crate) slice: Duration,
    /// Whole histories under way.
    pub(crate) backfills: Backfills,
    /// To be told when what a check found is recorded.
    pub(crate) recorded: Arc<Notify>,
    /// What is already there of days that are fetched code by code.
    pub(crate) partial_days: PartialDays,
    /// Where to die, in fault tests.
    pub(crate) crash_at: Option<CrashPoint>,
}

impl JobsContext {
    /// Runs one job of the queue `ingest`.
    pub(crate) async fn handle(&self, job: IngestJob, context: JobContext) -> Result<Value, JobError> {
        let _running = self.board.started(&context.id, job.name(), self.clock.now());
        let started_at = self.clock.now();
        let result = tokio::select! {
            result = self.work(&job, &context, started_at) => result,
            () = stop_is_pressing(&context.shutdown) => {
                return Err(JobError::retry("the worker is stopping; the next one takes the job"));
            }
        };
        match &result {
            Ok(report) => ending::succeeded(self, &job, report).await,
            Err(error) => ending::failed(self, &job, &context, started_at, error).await,
        }
        result
    }

    async fn work(&self, job: &IngestJob, context: &JobContext, started_at: DateTime<Utc>) -> Result<Value, JobError> {
        match job {
            IngestJob::FetchReference { source } => fetch_reference::run(self, source, context, started_at).await,
            IngestJob::FetchDailyMarket { source, trade_date } => {
                fetch_daily_market::run(self, source, *trade_date, context, started_at).await
            }
            IngestJob::FetchFundamentals { source, period, codes } => {
                fetch_fundamentals::run(self, source, *period, codes.as_deref(), context, started_at).await
            }
            IngestJob::FetchMacro { source, series } => {
                fetch_macro::run(self, source, series.as_deref(), context, started_at).await
            }
            IngestJob::BackfillHistory { source, codes, from, to, part } => {
                let request = backfill_history::Request::new(source, codes.as_deref(), *from, *to, *part);
                backfill_history::run(self, request, context, started_at).await
            }
            IngestJob::Compact => compact::run(self).await,
            IngestJob::ExpireFeatures => expire_features::run(self).await,
        }
    }

    pub(crate) fn crash_point(&self, step: &str) {
        if let Some(point) = &self.crash_at {
            point.reached(step);
        }
    }
}

pub(super) async fn stop_is_pressing(shutdown: &CancellationToken) {
    shutdown.cancelled().await;
    tokio::time::sleep(STOP_PATIENCE).await;
}
