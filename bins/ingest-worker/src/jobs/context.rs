//! What a job may use, and which job a payload names.

use std::{collections::BTreeMap, sync::Arc};

use daemon_kit::clock::Clock;
use job_queue::{JobContext, JobError, payload::IngestJob};
use serde_json::Value;

use super::{compact, expire_features, fetch_daily_market, fetch_reference, outcome};
use crate::{CrashPoint, WriterHandle, status::StatusBoard};

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
    /// Where to die, in fault tests.
    pub crash_at: Option<CrashPoint>,
}

impl JobsContext {
    /// Runs one job of the queue `ingest`.
    pub async fn handle(&self, job: IngestJob, context: JobContext) -> Result<Value, JobError> {
        let _running = self.board.started(&context.id, job.name(), self.clock.now());
        let started_at = self.clock.now();
        let result = match &job {
            IngestJob::FetchReference { source } => fetch_reference::run(self, source, &context, started_at).await,
            IngestJob::FetchDailyMarket { source, trade_date } => {
                fetch_daily_market::run(self, source, *trade_date, &context, started_at).await
            }
            IngestJob::Compact => compact::run(self).await,
            IngestJob::ExpireFeatures => expire_features::run(self).await,
        };
        if let Err(error) = &result {
            outcome::record_failure(self, &job, &context, started_at, error).await;
        }
        result
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
