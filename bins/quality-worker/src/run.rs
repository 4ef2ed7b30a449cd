//! The daemon: follows what is published, works the queue, keeps the schedule, tells people, serves its health.

use std::{path::PathBuf, sync::Arc};

use anyhow::Context as _;
use chrono::{NaiveTime, TimeDelta};
use daemon_kit::{
    clock::Clock,
    config::{QualityWorkerConfig, QueueConfig},
    metrics::Metrics,
    readiness::Readiness,
    server::Server,
};
use job_queue::{
    Broker, Queue, WorkerOptions, Workers,
    payload::{
        QualityJob, WarehouseWriteJob,
        queue_name::{QUALITY, WAREHOUSE_WRITE},
    },
};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use warehouse::{Reader, ReaderOptions};

use crate::{
    CrashPoint, Pace,
    alerts::{desk::Desk, probe},
    check::Judging,
    disk::{DiskProbe, DiskWatch},
    jobs::JobsContext,
    measure,
    publications::Publications,
    replica::ReplicaWatch,
    schedule,
    watch::{Trouble, Watch},
};

/// Everything the daemon is given.
pub struct Options {
    /// `[quality-worker]`.
    pub worker: QualityWorkerConfig,
    /// `[queue]`; `None` for a worker that only watches freshness.
    pub queue: Option<QueueConfig>,
    /// `warehouse.expected_by`.
    pub expected_by: NaiveTime,
    /// The process's metrics.
    pub metrics: Metrics,
    /// Now.
    pub clock: Clock,
    /// `replica.alert_after_h`: an older replica beside this worker raises an alert.
    pub replica_alert_after: Option<TimeDelta>,
    /// How a file system is asked how full it is.
    pub disks: DiskProbe,
    /// How long to wait for things.
    pub pace: Pace,
    /// Where to die, in fault tests.
    pub crash_at: Option<CrashPoint>,
}

/// Runs until `shutdown`, then gives back what runs, finishes the message that is under way, and returns.
///
/// # Errors
/// When the configuration cannot be used, another worker has the state folder, or the reader's engine does not start.
pub async fn run(options: Options, listener: TcpListener, shutdown: CancellationToken) -> anyhow::Result<()> {
    let Options { worker, queue, expected_by, metrics, clock, replica_alert_after, disks, pace, crash_at } = options;
    measure::describe();
    let judging = Arc::new(Judging::new(&worker, expected_by)?);
    let desk = Desk::open(&worker, clock.clone(), crash_at.clone()).context("open the alerts")?;
    let desk = Arc::new(desk);
    let publications = Publications::new(open_reader(&worker).await?);
    // Before the first job and the first tick: a restart must not act as if nothing were published.
    publications.look().await;
    let daemon = Daemon { worker, judging, desk, publications, clock, replica_alert_after, disks, pace, crash_at };
    match queue {
        Some(queue) => daemon.check_all(&queue, metrics, listener, shutdown).await,
        None => daemon.watch_freshness(metrics, listener, shutdown).await,
    }
}

async fn open_reader(config: &QualityWorkerConfig) -> anyhow::Result<Reader> {
    let options = ReaderOptions {
        memory_limit_mb: config.memory_limit_mb,
        query_timeout: config.job_timeout,
        ..ReaderOptions::default()
    };
    let published = config.published.clone();
    let reader = tokio::task::spawn_blocking(move || Reader::idle(&published, options)).await?;
    reader.context("open the warehouse's reader")
}

/// What both ways of running have.
struct Daemon {
    worker: QualityWorkerConfig,
    judging: Arc<Judging>,
    desk: Arc<Desk>,
    publications: Publications,
    clock: Clock,
    replica_alert_after: Option<TimeDelta>,
    disks: DiskProbe,
    pace: Pace,
    crash_at: Option<CrashPoint>,
}

impl Daemon {
    async fn check_all(
        self,
        queue: &QueueConfig,
        metrics: Metrics,
        listener: TcpListener,
        shutdown: CancellationToken,
    ) -> anyhow::Result<()> {
        let broker =
            |name: &str| Broker::connect(queue.url(name).expose()).with_context(|| format!("queue.urls.{name}"));
        let (broker, writers_broker) = (broker(QUALITY)?, broker(WAREHOUSE_WRITE)?);
        let jobs: Queue<QualityJob> = Queue::new(&broker, QUALITY)?;
        let records: Queue<WarehouseWriteJob> = Queue::new(&writers_broker, WAREHOUSE_WRITE)?;
        let context = JobsContext {
            publications: self.publications.clone(),
            published: self.worker.published.clone(),
            desk: self.desk.clone(),
            records,
            judging: self.judging.clone(),
            clock: self.clock.clone(),
            crash_at: self.crash_at.clone(),
        };
        let mut workers = Workers::with_options(self.pace.workers);
        let mount = WorkerOptions {
            // One at a time, so that what is open is what the last check of a day found.
            concurrency: 1,
            timeout: self.worker.job_timeout,
            max_attempts: self.worker.max_attempts,
            max_crashes: self.worker.max_attempts,
            backoff: self.pace.backoff,
        };
        workers.mount(&jobs, mount, move |job, about| {
            let context = context.clone();
            async move { context.handle(job, about).await }
        });
        let scheduler = schedule::scheduler(&jobs, &self.worker.schedule, self.publications.clone())?;
        let health = workers.health();
        let readiness = self.readiness().check("worker", move || std::future::ready(health.check()));
        let readiness = readiness.check("queue", reachable(broker)).check("warehouse-write", reachable(writers_broker));
        let now = self.clock.clone();
        let log_reader = Some(self.desk.clone());
        let work = async {
            tokio::join!(
                workers.run(shutdown.clone().cancelled_owned()),
                scheduler.run(Arc::new(move || now.now()), shutdown.clone().cancelled_owned()),
            );
        };
        self.run(log_reader, work, Server::new("quality-worker", metrics).readiness(readiness), listener, &shutdown)
            .await;
        Ok(())
    }

    async fn watch_freshness(
        self,
        metrics: Metrics,
        listener: TcpListener,
        shutdown: CancellationToken,
    ) -> anyhow::Result<()> {
        let trouble = Trouble::default();
        let watch = Watch {
            publications: self.publications.clone(),
            published: self.worker.published.clone(),
            desk: self.desk.clone(),
            judging: self.judging.clone(),
            clock: self.clock.clone(),
            ticks: schedule::freshness_ticks(&self.worker.schedule)?,
            trouble: trouble.clone(),
        };
        let readiness = self.readiness().check("watch", move || std::future::ready(trouble.get().map_or(Ok(()), Err)));
        let work = watch.keep_watching(self.pace.alerts_every, shutdown.clone());
        self.run(None, work, Server::new("quality-worker", metrics).readiness(readiness), listener, &shutdown).await;
        Ok(())
    }

    /// Works, follows, tells and serves until `shutdown`.
    async fn run(
        &self,
        log_reader: Option<Arc<Desk>>,
        work: impl Future<Output = ()>,
        server: Server,
        listener: TcpListener,
        shutdown: &CancellationToken,
    ) {
        if self.worker.alerts.is_empty() {
            tracing::warn!("nobody is told about findings: there is no [[quality-worker.alerts]]");
        }
        let disks = DiskWatch {
            config: self.worker.disk.clone(),
            probe: self.disks.clone(),
            desk: self.desk.clone(),
            clock: self.clock.clone(),
        };
        tokio::join!(
            work,
            disks.keep_watching(shutdown.clone()),
            self.watch_replica(shutdown.clone()),
            self.publications.clone().follow(log_reader, self.worker.poll, shutdown.clone()),
            self.desk.clone().keep_sending(self.pace.alerts_every, shutdown.clone()),
            async {
                if let Err(error) = server.run(listener, shutdown.clone()).await {
                    tracing::error!(error = %error, "the health server failed");
                }
            },
        );
    }

    async fn watch_replica(&self, shutdown: CancellationToken) {
        let Some(alert_after) = self.replica_alert_after else { return };
        let watch = ReplicaWatch {
            published: self.worker.published.clone(),
            alert_after,
            every: self.worker.disk.every,
            desk: self.desk.clone(),
            clock: self.clock.clone(),
        };
        watch.keep_watching(shutdown).await;
    }

    fn readiness(&self) -> Readiness {
        let (publications, folder) = (self.publications.clone(), self.worker.state.clone());
        Readiness::new()
            .check("state", move || is_writable(folder.clone()))
            .note("newest-generation", move || publications.refusal())
    }
}

async fn is_writable(folder: PathBuf) -> Result<(), String> {
    let probed = tokio::task::spawn_blocking(move || probe(&folder).map_err(|error| error.to_string()));
    probed.await.map_err(|error| error.to_string())?
}

fn reachable(broker: Broker) -> impl Fn() -> futures::future::BoxFuture<'static, Result<(), String>> {
    move || {
        let broker = broker.clone();
        Box::pin(async move { broker.ping().await.map_err(|error| error.to_string()) })
    }
}
