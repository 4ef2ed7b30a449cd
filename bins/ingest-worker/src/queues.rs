//! The queues that this daemon works and sends to. Each may lie on a Redis of its own.

use anyhow::Context as _;
use daemon_kit::config::{IngestWorkerConfig, QueueConfig};
use job_queue::{
    Broker, Queue, WorkerOptions, Workers,
    payload::{
        IngestJob, QualityJob, WarehouseWriteJob,
        queue_name::{INGEST, QUALITY, WAREHOUSE_WRITE},
    },
};

use crate::{Pace, jobs::JobsContext};

/// Attempts of a job of `warehouse-write`: with the waits between them, hours in which somebody can make room on a disk.
const WRITE_ATTEMPTS: u32 = 20;

/// The queues.
pub(crate) struct Queues {
    /// Fetches, and what else the warehouse needs: worked here.
    pub(crate) ingest: Queue<IngestJob>,
    /// What others want to have written: worked here.
    pub(crate) writes: Queue<WarehouseWriteJob>,
    /// Checks of what was published: sent from here.
    pub(crate) quality: Queue<QualityJob>,
}

impl Queues {
    /// Handles on the queues; nothing is sent yet.
    pub(crate) fn of(config: &QueueConfig) -> anyhow::Result<Self> {
        Ok(Self {
            ingest: queue(config, INGEST)?,
            writes: queue(config, WAREHOUSE_WRITE)?,
            quality: queue(config, QUALITY)?,
        })
    }

    /// The workers of both queues that are worked here. Jobs of `warehouse-write` run one at a time: parts of a check stay
    /// in their order.
    pub(crate) fn workers(&self, config: &IngestWorkerConfig, pace: &Pace, context: &JobsContext) -> Workers {
        let mut workers = Workers::with_options(pace.workers);
        let fetches = WorkerOptions {
            concurrency: config.fetch_concurrency,
            timeout: config.job_timeout,
            max_attempts: config.max_attempts,
            max_crashes: config.max_attempts,
            backoff: pace.backoff,
        };
        let here = context.clone();
        workers.mount(&self.ingest, fetches, move |job, about| {
            let context = here.clone();
            async move { context.handle(job, about).await }
        });
        let writes = WorkerOptions { concurrency: 1, max_attempts: WRITE_ATTEMPTS, ..fetches };
        let here = context.clone();
        workers.mount(&self.writes, writes, move |job, about| {
            let context = here.clone();
            async move { context.handle_write(job, about).await }
        });
        workers
    }
}

fn queue<T>(config: &QueueConfig, name: &str) -> anyhow::Result<Queue<T>> {
    let key =
        || if config.urls.contains_key(name) { format!("queue.urls.{name}") } else { "queue.redis_url".to_owned() };
    let broker = Broker::connect(config.url(name).expose()).with_context(key)?;
    Ok(Queue::new(&broker, name)?)
}
