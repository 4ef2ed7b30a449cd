//! One delivery of one task: may it run, run it, record how it ended.
//!
//! Time-out, panic, attempt limit and decoding are handled here, inside what apalis sees as the handler: outside of it apalis
//! would kill the worker or forget the job.

use std::{sync::Arc, time::Duration};

use apalis::prelude::{AbortError, BoxDynError};
use tokio::{
    sync::{Semaphore, watch},
    task::JoinHandle,
    time::Instant,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::Instrument;

use super::{
    in_hand::InHand,
    ledger::{Ledger, Outcome, Verdict},
    options::WorkerOptions,
};
use crate::{JobContext, JobError, QueueError, handler::ErasedHandler, job_id};

/// How long after the grace period an outcome may still be recorded.
pub(super) const LAST_WORDS: Duration = Duration::from_secs(3);

/// Everything that the deliveries of one mounted queue share, across all restarts of its worker.
pub(super) struct Mount {
    pub(super) ledger: Ledger,
    pub(super) options: WorkerOptions,
    pub(super) settle_patience: Duration,
    pub(super) handler: ErasedHandler,
    pub(super) in_hand: InHand,
    pub(super) slots: Semaphore,
    pub(super) deliveries: TaskTracker,
    /// The run of the Redis server that took the latest sign of life.
    pub(super) server: watch::Sender<String>,
    /// A shutdown was asked for: begin nothing new.
    pub(super) stopping: CancellationToken,
    /// The grace period is over: let go of everything.
    pub(super) killed: CancellationToken,
}

impl Mount {
    /// Runs one task to its end. `Ok` makes apalis forget the task, [`AbortError`] puts it among its dead, any other error makes
    /// it deliver the task again.
    pub(super) async fn deliver(self: Arc<Self>, task: String, payload: Vec<u8>) -> Result<(), BoxDynError> {
        let _held = self.in_hand.hold(&task).await;
        let _slot = self.slots.acquire().await?;
        let (attempt, push) = loop {
            if self.stopping.is_cancelled() {
                return Err("shutting down before the job began".into());
            }
            match self.ledger.begin(&task).await? {
                Verdict::Run { attempt, push } => break (attempt, push),
                Verdict::Over => return Ok(()),
                Verdict::Dead(error) => return Err(AbortError::new(error).into()),
                Verdict::Crashed { crashes, push } => {
                    let outcome = Outcome::Dead(format!("its process died {crashes} times while running it"));
                    return self.settle(&task, &push, outcome).await;
                }
                Verdict::Busy => {
                    tokio::select! {
                        () = tokio::time::sleep(self.ledger.silence / 10) => {}
                        () = self.stopping.cancelled() => {}
                    }
                }
            }
        };
        let id = job_id::id_of(job_id::split(&task).0).to_owned();
        let span = tracing::info_span!("job", job.id = id, job.attempt = attempt, job.queue = &*self.ledger.queue);
        async {
            let began = Instant::now();
            let outcome = self.attempt(id, attempt, payload).await;
            let seconds = began.elapsed().as_secs_f64();
            metrics::histogram!("job_duration_seconds", "queue" => self.ledger.queue.to_string()).record(seconds);
            self.settle(&task, &push, outcome).await
        }
        .instrument(span)
        .await
    }

    async fn attempt(&self, id: String, attempt: u32, payload: Vec<u8>) -> Outcome {
        let context = JobContext {
            id: id.clone(),
            queue: self.ledger.queue.clone(),
            attempt,
            max_attempts: self.options.max_attempts,
            shutdown: self.stopping.clone(),
        };
        let mut running = tokio::spawn((self.handler)(payload, context).in_current_span());
        let limit = self.options.timeout;
        let failure = tokio::select! {
            biased; // What has ended has ended, however late it is noticed.
            ended = &mut running => match ended {
                Ok(Ok(result)) => return Outcome::Done(result),
                Ok(Err(error)) => error,
                Err(error) => JobError::retry(format!("panic: {}", panic_text(error))),
            },
            () = tokio::time::sleep(limit) => {
                cut_off(&mut running).await;
                JobError::retry(format!("timed out after {limit:?}"))
            }
            () = self.killed.cancelled() => {
                cut_off(&mut running).await;
                return Outcome::Released;
            }
        };
        match failure {
            JobError::Fatal(error) => Outcome::Dead(error),
            JobError::Retry { .. } if self.stopping.is_cancelled() => Outcome::Released,
            JobError::Retry { error, .. } if attempt >= self.options.max_attempts => Outcome::Dead(error),
            JobError::Retry { error, after } => {
                let delay = after.unwrap_or_else(|| self.options.backoff.delay(&id, attempt));
                Outcome::Retry { error, delay }
            }
        }
    }

    async fn settle(&self, task: &str, push: &str, outcome: Outcome) -> Result<(), BoxDynError> {
        match &outcome {
            Outcome::Done(_) => tracing::info!("job done"),
            Outcome::Retry { error, delay } => {
                tracing::warn!(job.retry_ms = delay.as_millis(), "job failed, will retry: {error}")
            }
            Outcome::Dead(error) => tracing::error!("job is a dead letter: {error}"),
            Outcome::Released => tracing::info!("job released by the shutdown"),
        }
        let labels = [("queue", self.ledger.queue.to_string()), ("outcome", outcome.label().to_owned())];
        metrics::counter!("jobs_total", &labels).increment(1);
        let settled = tokio::select! {
            settled = self.record(task, push, &outcome) => settled,
            () = async { self.killed.cancelled().await; tokio::time::sleep(LAST_WORDS).await } => {
                return Err("the shutdown did not wait for redis".into());
            }
        };
        match settled {
            Ok(true) => {}
            Ok(false) => tracing::warn!("the job's record was gone or settled by somebody else"),
            Err(error) => {
                tracing::error!("how the job ended could not be recorded, it will run once more: {error}");
                return Err(error.into());
            }
        }
        match outcome {
            Outcome::Dead(error) => Err(AbortError::new(error).into()),
            _ => Ok(()),
        }
    }

    /// Keeps trying, also where Redis answers but refuses (out of memory, disk full): losing a result means doing the work again.
    async fn record(&self, task: &str, push: &str, outcome: &Outcome) -> Result<bool, QueueError> {
        let deadline = Instant::now() + self.settle_patience;
        loop {
            let patience = deadline.saturating_duration_since(Instant::now());
            match self.ledger.settle(task, push, outcome, patience).await {
                Err(QueueError::Refused(reason)) if Instant::now() < deadline => {
                    tracing::warn!("how the job ended cannot be recorded yet: {reason}");
                    tokio::time::sleep(Duration::from_millis(500)).await;
                }
                settled => return settled,
            }
        }
    }
}

/// Stops a handler at its next `await` and waits a moment for that. Blocking code goes on, which is why handlers are idempotent.
async fn cut_off(running: &mut JoinHandle<Result<String, JobError>>) {
    running.abort();
    let _ = tokio::time::timeout(Duration::from_secs(1), running).await;
}

fn panic_text(error: tokio::task::JoinError) -> String {
    let Ok(panic) = error.try_into_panic() else { return "the handler was cancelled".to_owned() };
    match panic.downcast::<String>() {
        Ok(text) => *text,
        Err(panic) => {
            panic.downcast_ref::<&str>().map_or_else(|| "of unknown kind".to_owned(), |text| (*text).to_owned())
        }
    }
}
