//! The workers of one process.

use std::{future::Future, sync::Arc, time::Duration};

use serde::{Serialize, de::DeserializeOwned};
use tokio::{
    sync::{Semaphore, watch},
    task::JoinSet,
    time::timeout,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    delivery::Mount,
    health::{Health, Pulse},
    in_hand::InHand,
    ledger::Ledger,
    options::{WorkerOptions, WorkersOptions},
    supervisor, upkeep,
};
use crate::{JobContext, JobError, Queue, handler, queue::nonce};

/// Mounted queues with their handlers; [`Workers::run`] runs them until a shutdown.
pub struct Workers {
    options: WorkersOptions,
    runner: Arc<str>,
    mounts: Vec<(Arc<Mount>, Pulse, Pulse)>,
    health: Health,
    stopping: CancellationToken,
    killed: CancellationToken,
}

impl Workers {
    /// No queue mounted yet.
    pub fn new() -> Self {
        Self::with_options(WorkersOptions::default())
    }

    /// Likewise, with other timings.
    pub fn with_options(options: WorkersOptions) -> Self {
        // The nonce, because every process in a container is number 1.
        let runner = format!("{}-{}", std::process::id(), nonce()).into();
        let (stopping, killed) = (CancellationToken::new(), CancellationToken::new());
        Self { options, runner, mounts: Vec::new(), health: Health::default(), stopping, killed }
    }

    /// Runs the jobs of `queue` with `handler`. The handler's answer is kept as the job's result (up to 64 KiB of JSON).
    ///
    /// The handler must be idempotent: a job runs more than once when its process or Redis dies at the wrong moment.
    pub fn mount<T, R, F, Fut>(&mut self, queue: &Queue<T>, options: WorkerOptions, handler: F) -> &mut Self
    where
        T: DeserializeOwned + Send + 'static,
        R: Serialize + Send + 'static,
        F: Fn(T, JobContext) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<R, JobError>> + Send + 'static,
    {
        let ledger = Ledger {
            broker: queue.broker().clone(),
            queue: queue.name().into(),
            runner: self.runner.clone(),
            silence: self.options.silence(),
            max_crashes: options.max_crashes.max(1),
        };
        let mount = Mount {
            ledger,
            options,
            settle_patience: self.options.settle_patience,
            handler: handler::erase(handler),
            in_hand: InHand::default(),
            slots: Semaphore::new(options.concurrency.max(1)),
            deliveries: TaskTracker::new(),
            server: watch::Sender::default(),
            stopping: self.stopping.clone(),
            killed: self.killed.clone(),
        };
        let (worker, process) = (Pulse::default(), Pulse::default());
        self.health.add(&worker);
        self.health.add(&process);
        self.mounts.push((Arc::new(mount), worker, process));
        self
    }

    /// Signs of life, for `/readyz`. Take it after the last mount.
    pub fn health(&self) -> Health {
        self.health.clone()
    }

    /// Runs until `shutdown` completes, then begins nothing new, gives running jobs the grace period to end, releases the rest
    /// for the next process without counting an attempt, and returns. Restarts workers after any Redis error, for ever.
    ///
    /// Dropping the future is a shutdown without grace.
    pub async fn run(self, shutdown: impl Future<Output = ()>) {
        let _killed = self.killed.clone().drop_guard();
        let _stopping = self.stopping.clone().drop_guard();
        let (mut supervisors, mut upkeepers) = (JoinSet::new(), JoinSet::new());
        for (mount, worker, process) in &self.mounts {
            let restarts = self.health.restarts.clone();
            supervisors.spawn(supervisor::supervise(mount.clone(), self.options, worker.clone(), restarts));
            upkeepers.spawn(upkeep::keep_up(mount.clone(), self.options, process.clone()));
        }
        shutdown.await;
        self.stopping.cancel();
        let drained = async {
            while supervisors.join_next().await.is_some() {}
            for (mount, ..) in &self.mounts {
                mount.deliveries.close();
                mount.deliveries.wait().await;
            }
        };
        tokio::pin!(drained);
        if timeout(self.options.grace, &mut drained).await.is_err() {
            tracing::warn!("grace period over, releasing the running jobs");
            self.killed.cancel();
            if timeout(Duration::from_secs(10), drained).await.is_err() {
                tracing::error!("jobs would not let go; they run again once this process counts as dead");
            }
        }
        upkeepers.shutdown().await;
        for (mount, ..) in &self.mounts {
            if !matches!(timeout(Duration::from_secs(1), mount.ledger.sign_off()).await, Ok(Ok(()))) {
                tracing::debug!(job.queue = &*mount.ledger.queue, "not signed off, redis is away");
            }
        }
    }
}

impl Default for Workers {
    fn default() -> Self {
        Self::new()
    }
}
