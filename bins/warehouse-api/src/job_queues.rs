//! The queues, as a caller of the API meets them: a job is accepted, joined with its twin, or the queue is away.

use std::{sync::Arc, time::Duration};

use axum::http::{HeaderValue, StatusCode, header};
use daemon_kit::{config::QueueConfig, problem::Problem};
use job_queue::{
    Broker, BrokerOptions, Push, Pushed, Queue, QueueError,
    payload::{IngestJob, QualityJob, WarehouseWriteJob, queue_name},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

/// How long a caller waits for a Redis that does not answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// Sends jobs to the workers; every queue may live on a Redis of its own.
#[derive(Debug, Clone)]
pub(crate) struct JobQueues {
    ingest: Queue<IngestJob>,
    quality: Queue<QualityJob>,
    warehouse_write: Queue<WarehouseWriteJob>,
    /// Every queue there is, whatever its payloads.
    every: Arc<[Queue<Value>]>,
}

impl JobQueues {
    /// Prepares the connections; Redis need not be there yet.
    ///
    /// # Errors
    /// A URL that cannot be used.
    pub(crate) fn new(config: &QueueConfig) -> Result<Self, QueueError> {
        let every = queue_name::ALL.into_iter().map(|name| open(config, name));
        Ok(Self {
            every: every.collect::<Result<_, _>>()?,
            ingest: open(config, queue_name::INGEST)?,
            quality: open(config, queue_name::QUALITY)?,
            warehouse_write: open(config, queue_name::WAREHOUSE_WRITE)?,
        })
    }

    /// Every queue of the system, also those that this server sends nothing to, as an operator looks at them.
    pub(crate) fn every(&self) -> &[Queue<Value>] {
        &self.every
    }

    /// Asks ingest-worker for `job`, unless a job that does the same work waits or runs. `request_id` identifies the request:
    /// sent again, it finds its own job.
    ///
    /// # Errors
    /// 503 `queue-unreachable` if Redis does not answer within two seconds; nothing was sent then, or it was and the same
    /// request id will find it.
    pub(crate) async fn ingest(&self, job: &IngestJob, request_id: &str) -> Result<Pushed, Problem> {
        let (id, key) = (job.id_on_request(request_id), job.coalesce_key());
        push(&self.ingest, Push::id(&id).coalesce(&key), &id, job).await
    }

    /// Asks quality-worker for `job`, as [`JobQueues::ingest`].
    ///
    /// # Errors
    /// As [`JobQueues::ingest`].
    pub(crate) async fn check(&self, job: &QualityJob, request_id: &str) -> Result<Pushed, Problem> {
        let (id, key) = (job.id_on_request(request_id), job.coalesce_key());
        push(&self.quality, Push::id(&id).coalesce(&key), &id, job).await
    }

    /// Asks the writer for `job`. A decision is never joined with another one: each is in the audit with its own note.
    ///
    /// # Errors
    /// As [`JobQueues::ingest`].
    pub(crate) async fn write(&self, job: &WarehouseWriteJob, request_id: &str) -> Result<Pushed, Problem> {
        let id = job.id_on_request(request_id);
        push(&self.warehouse_write, Push::id(&id), &id, job).await
    }
}

fn open<T>(config: &QueueConfig, name: &str) -> Result<Queue<T>, QueueError> {
    let options = BrokerOptions { patience: PATIENCE, response_timeout: PATIENCE };
    let broker = Broker::with_options(config.url(name).expose(), options)?;
    Queue::new(&broker, name)
}

async fn push<T>(queue: &Queue<T>, push: Push<'_>, id: &str, job: &T) -> Result<Pushed, Problem>
where
    T: Serialize + DeserializeOwned,
{
    let queue_name = queue.name();
    let pushed = queue.push(push, job).await.map_err(|error| {
        if error.is_unreachable() {
            tracing::warn!(queue = queue_name, error = %error, "push a job: {error}");
            return unreachable();
        }
        tracing::error!(queue = queue_name, error = %error, "push a job: {error}");
        Problem::internal()
    })?;
    tracing::info!(queue = queue_name, job.id = id, outcome = ?pushed, "{id} requested");
    Ok(pushed)
}

/// 503 `queue-unreachable`.
pub(crate) fn unreachable() -> Problem {
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "queue-unreachable",
        "The job queue is unreachable",
        "the job queue did not answer; send the same request again, with the same x-request-id, once it is back",
    )
    .header(header::RETRY_AFTER, HeaderValue::from_static("5"))
}
