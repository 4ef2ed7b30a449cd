//! What a job may use, and which job a payload names.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use daemon_kit::clock::Clock;
use job_queue::{JobContext, JobError, payload::IngestJob};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::{compact, expire_features, fetch_daily_market, fetch_reference, outcome};
use crate::{CrashPoint, PublicationTime, WriterHandle, status::StatusBoard};

/// A job still running this long after the worker was asked to stop is given back to the queue: it may be waiting for a
/// vendor's next minute, and supervisors kill after ten seconds. A batch already handed to the writer is committed all
/// the same, and the job's next run finds it there.
const STOP_PATIENCE: Duration = Duration::from_secs(6);

/// What a job may use: the writer, the vendors, the clock. Cheap to clone.
#[derive(Clone)]
pub struct JobsContext {
    /// The one writer.
    pub writer: WriterHandle,
    /// Clients by source name (`tushare`).
    pub tushare: Option<Arc<source_tushare::Client>>,
    /// Now.
    pub clock: Clock,
    /// Which jobs run, for `status.json`.
    pub board: StatusBoard,
    /// When a day's bars are final.
    pub publication: PublicationTime,
    /// When an incomplete day is asked for again.
    pub incomplete_retry: Duration,
    /// Where to die, in fault tests.
    pub crash_at: Option<CrashPoint>,
}

impl JobsContext {
    /// Runs one job of the queue `ingest`.
    pub async fn handle(&self, job: IngestJob, context: JobContext) -> Result<Value, JobError> {
        let _running = self.board.started(&context.id, job.name(), self.clock.now());
        let started_at = self.clock.now();
        let result = tokio::select! {
            result = self.work(&job, &context, started_at) => result,
            () = stop_is_pressing(&context.shutdown) => {
                return Err(JobError::retry("the worker is stopping; the next one takes the job"));
            }
        };
        if let Err(error) = &result {
            outcome::record_failure(self, &job, &context, started_at, error).await;
        }
        result
    }

    async fn work(&self, job: &IngestJob, context: &JobContext, started_at: DateTime<Utc>) -> Result<Value, JobError> {
        match job {
            IngestJob::FetchReference { source } => fetch_reference::run(self, source, context, started_at).await,
            IngestJob::FetchDailyMarket { source, trade_date } => {
                fetch_daily_market::run(self, source, *trade_date, context, started_at).await
            }
            IngestJob::Compact => compact::run(self).await,
            IngestJob::ExpireFeatures => expire_features::run(self).await,
        }
    }

    pub(super) fn tushare(&self, source: &str) -> Result<Arc<source_tushare::Client>, JobError> {
        let configured: BTreeMap<&str, _> = self.tushare.iter().map(|client| ("tushare", client)).collect();
        configured.get(source).map(|client| Arc::clone(client)).ok_or_else(|| {
            let allowed = configured.keys().copied().collect::<Vec<_>>().join(", ");
            JobError::fatal(format_args!(
                "source `{source}` is not configured: allowed here are [{allowed}]; see [ingest-worker.tushare]"
            ))
        })
    }

    pub(super) fn crash_point(&self, step: &str) {
        if let Some(point) = &self.crash_at {
            point.reached(step);
        }
    }
}

async fn stop_is_pressing(shutdown: &CancellationToken) {
    shutdown.cancelled().await;
    tokio::time::sleep(STOP_PATIENCE).await;
}
