//! The `ingest` queue, as a caller of the API meets it: a job is accepted, joined with its twin, or the queue is away.

use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use daemon_kit::problem::Problem;
use job_queue::{
    Broker, BrokerOptions, Push, Pushed, Queue, QueueError,
    payload::{IngestJob, queue_name},
};

/// How long a caller waits for a Redis that does not answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// Sends jobs to the ingest worker.
#[derive(Debug, Clone)]
pub(crate) struct IngestQueue {
    queue: Queue<IngestJob>,
}

impl IngestQueue {
    /// Prepares the connection; Redis need not be there yet.
    ///
    /// # Errors
    /// A URL that cannot be used.
    pub(crate) fn new(redis_url: &str) -> Result<Self, QueueError> {
        let options = BrokerOptions { patience: PATIENCE, response_timeout: PATIENCE };
        let broker = Broker::with_options(redis_url, options)?;
        Ok(Self { queue: Queue::new(&broker, queue_name::INGEST)? })
    }

    /// Sends `job` for the request `request_id`, unless a job that does the same work waits or runs.
    ///
    /// # Errors
    /// 503 `queue-unreachable` if Redis does not answer within two seconds; nothing was sent then, or it was and the same
    /// request id will find it.
    pub(crate) async fn request(&self, job: &IngestJob, request_id: &str) -> Result<Pushed, Problem> {
        let (id, key) = (job.id_on_request(request_id), job.coalesce_key());
        let pushed = self.queue.push(Push::id(&id).coalesce(&key), job).await.map_err(|error| {
            if error.is_unreachable() {
                tracing::warn!(error = %error, "push a job: {error}");
                return unreachable();
            }
            tracing::error!(error = %error, "push a job: {error}");
            Problem::internal()
        })?;
        tracing::info!(job.id = id, outcome = ?pushed, "{key} requested");
        Ok(pushed)
    }
}

fn unreachable() -> Problem {
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "queue-unreachable",
        "The job queue is unreachable",
        "the job queue did not answer; send the same request again, with the same x-request-id, once it is back",
    )
    .header(header::RETRY_AFTER, HeaderValue::from_static("5"))
}
