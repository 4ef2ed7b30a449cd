//! What a job may use, and which job a payload names.

use std::{path::PathBuf, sync::Arc, time::Duration};

use daemon_kit::clock::Clock;
use job_queue::{
    JobContext, JobError, Queue,
    payload::{QualityJob, WarehouseWriteJob},
};
use serde_json::Value;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{check_freshness, check_generation};
use crate::{CrashPoint, alerts::desk::Desk, check::Judging, measure, publications::Publications};

/// A job still running this long after the worker was asked to stop is given back to the queue: supervisors kill after ten
/// seconds. Its findings have the same ids next time.
const STOP_PATIENCE: Duration = Duration::from_secs(6);

/// What a job may use. Cheap to clone.
#[derive(Clone)]
pub(crate) struct JobsContext {
    /// What is published.
    pub(crate) publications: Publications,
    /// The folder where it is published, and `status.json`.
    pub(crate) published: PathBuf,
    /// Who is told.
    pub(crate) desk: Arc<Desk>,
    /// Where findings go.
    pub(crate) records: Queue<WarehouseWriteJob>,
    /// How it is judged.
    pub(crate) judging: Arc<Judging>,
    /// Now.
    pub(crate) clock: Clock,
    /// Where to die, in fault tests.
    pub(crate) crash_at: Option<CrashPoint>,
}

impl JobsContext {
    /// Runs one job of the queue `quality`.
    pub(crate) async fn handle(&self, job: QualityJob, context: JobContext) -> Result<Value, JobError> {
        let (name, started) = (job.name(), Instant::now());
        let result = tokio::select! {
            result = self.work(job, &context) => result,
            () = stop_is_pressing(&context.shutdown) => {
                Err(JobError::retry("the worker is stopping; the next one takes the job"))
            }
        };
        if result.is_ok() {
            measure::check_took(name, started.elapsed());
        }
        result
    }

    async fn work(&self, job: QualityJob, context: &JobContext) -> Result<Value, JobError> {
        match job {
            QualityJob::CheckGeneration { generation, dates } => {
                check_generation::run(self, generation, dates, context).await
            }
            QualityJob::CheckFreshness {} => check_freshness::run(self, context).await,
        }
    }

    pub(crate) fn crash_point(&self, step: &str) {
        if let Some(point) = &self.crash_at {
            point.reached(step);
        }
    }
}

async fn stop_is_pressing(shutdown: &CancellationToken) {
    shutdown.cancelled().await;
    tokio::time::sleep(STOP_PATIENCE).await;
}
