//! The daemon: opens the warehouse, starts the writer thread, works the queue, keeps the schedule, serves its health.

use std::{sync::Arc, time::Duration};

use anyhow::Context as _;
use daemon_kit::{
    clock::Clock,
    config::{IngestWorkerConfig, QueueConfig, TushareConfig, WarehouseConfig},
    http,
    metrics::Metrics,
    readiness::Readiness,
    server::Server,
};
use job_queue::{Broker, Health, Queue, WorkerOptions, Workers, payload::IngestJob, payload::queue_name::INGEST};
use source_tushare::{Api, ClientConfig, Secret};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use warehouse::{Writer, WriterOptions};

use crate::{
    CrashPoint, JobsContext, Pace, PublicationTime, WriterHandle, WriterTaskOptions, crash_point, reconcile::Reconcile,
    schedule, spawn_writer, status::StatusBoard,
};

/// A worker that gave no sign of life for this long is not ready.
const HEARTBEAT_LIMIT: Duration = Duration::from_secs(60);

/// Everything the daemon is given.
pub struct Options {
    /// `[ingest-worker]`.
    pub worker: IngestWorkerConfig,
    /// `[queue]`.
    pub queue: QueueConfig,
    /// `[warehouse]`.
    pub warehouse: WarehouseConfig,
    /// The process's metrics.
    pub metrics: Metrics,
    /// Now.
    pub clock: Clock,
    /// How long to wait for things.
    pub pace: Pace,
    /// Where to die, in fault tests.
    pub crash_at: Option<CrashPoint>,
}

/// Runs until `shutdown`, then finishes what runs, publishes what is committed, and returns.
pub async fn run(options: Options, listener: TcpListener, shutdown: CancellationToken) -> anyhow::Result<()> {
    let Options { worker, queue, warehouse, metrics, clock, pace, crash_at } = options;
    let published = warehouse.published();
    let writer = open_writer(&warehouse, crash_at.clone())?;
    let task_options = WriterTaskOptions { publish_within: worker.publish_coalesce, ..WriterTaskOptions::default() };
    let (writer, writer_thread) = spawn_writer(writer, task_options, clock.clone())?;

    let broker = Broker::connect(queue.url(INGEST).expose()).context("queue.redis_url")?;
    let jobs: Queue<IngestJob> = Queue::new(&broker, INGEST)?;
    let tushare = worker.tushare.as_ref().map(|config| tushare_client(config, &clock)).transpose()?;
    let source = "tushare";
    let board = StatusBoard::default();
    let publication = PublicationTime(worker.publication_time);
    let context = JobsContext {
        writer: writer.clone(),
        tushare,
        clock: clock.clone(),
        board: board.clone(),
        publication,
        incomplete_retry: pace.incomplete_retry,
        crash_at,
    };

    let mut workers = Workers::with_options(pace.workers);
    let mount = WorkerOptions {
        concurrency: worker.fetch_concurrency,
        timeout: worker.job_timeout,
        max_attempts: worker.max_attempts,
        max_crashes: worker.max_attempts,
        backoff: pace.backoff,
    };
    workers.mount(&jobs, mount, move |job, about| {
        let context = context.clone();
        async move { context.handle(job, about).await }
    });
    let readiness = readiness(workers.health(), broker, writer.clone());
    let scheduler = schedule::scheduler(&jobs, &worker.schedule, source)?;
    let reconcile = Reconcile {
        writer: writer.clone(),
        queue: jobs,
        source: source.into(),
        keep_from: worker.keep_from,
        publication,
        daily_ticks: schedule::daily_ticks(&worker.schedule)?,
        clock: clock.clone(),
    };
    let now = clock.clone();

    let background = [
        tokio::spawn(board.clone().keep_written(writer.clone(), published.clone(), clock.clone())),
        tokio::spawn(async move { reconcile.keep_looking(pace.reconcile_every).await }),
    ];
    let server = Server::new("ingest-worker", metrics).readiness(readiness);
    tokio::join!(
        workers.run(shutdown.clone().cancelled_owned()),
        scheduler.run(Arc::new(move || now.now()), shutdown.clone().cancelled_owned()),
        async {
            if let Err(error) = server.run(listener, shutdown.clone()).await {
                tracing::error!(error = %error, "the health server failed");
            }
        },
    );
    for task in background {
        task.abort();
    }
    board.write(&writer, &published, &clock).await;
    stop_writer(&writer, writer_thread).await
}

fn open_writer(config: &WarehouseConfig, crash_at: Option<CrashPoint>) -> anyhow::Result<Writer> {
    let options = WriterOptions {
        memory_limit_mb: config.memory_limit_mb,
        threads: config.threads,
        source_priority: config.source_priority.clone(),
        coverage_percent: config.coverage_percent,
        feature_days: config.feature_days,
        keep_generations: config.keep_generations,
        on_step: crash_point::observer(crash_at),
    };
    Writer::open(&config.root, options).with_context(|| format!("open the warehouse at {}", config.root.display()))
}

async fn stop_writer(writer: &WriterHandle, thread: std::thread::JoinHandle<()>) -> anyhow::Result<()> {
    writer.stop();
    tokio::task::spawn_blocking(move || thread.join()).await?.map_err(|_| anyhow::anyhow!("the writer thread panicked"))
}

fn tushare_client(config: &TushareConfig, clock: &Clock) -> anyhow::Result<Arc<source_tushare::Client>> {
    let mut client = ClientConfig::new(Secret::new(config.token.expose()));
    client.base_url.clone_from(&config.base_url);
    client.request_timeout = config.request_timeout;
    client.max_attempts = config.max_attempts;
    client.jitter_seed = Some(u64::from(std::process::id()));
    let default = config.calls_per_minute.get("default").copied();
    for api in Api::ALL {
        if let Some(calls) = config.calls_per_minute.get(api.name()).copied().or(default) {
            client.calls_per_minute.insert(api, calls);
        }
    }
    let options = http::ClientOptions { request_timeout: config.request_timeout, ..http::ClientOptions::default() };
    let http = http::client(&options).context("make the HTTP client")?;
    let clock = clock.clone();
    Ok(Arc::new(source_tushare::Client::new(http, client, Arc::new(move || clock.now()))))
}

fn readiness(health: Health, broker: Broker, writer: WriterHandle) -> Readiness {
    Readiness::new()
        .check("queue", move || {
            let broker = broker.clone();
            async move { broker.ping().await.map_err(|error| error.to_string()) }
        })
        .check("worker", move || {
            let age = health.heartbeat_age();
            async move {
                match age {
                    Some(age) if age < HEARTBEAT_LIMIT => Ok(()),
                    Some(age) => Err(format!("the last heartbeat was {} s ago", age.as_secs())),
                    None => Err("the worker has not started yet".to_owned()),
                }
            }
        })
        .check("writer", move || {
            let writer = writer.clone();
            async move {
                writer.with(|_| ()).await.map_err(|error| error.to_string())?;
                writer.trouble().map_or(Ok(()), Err)
            }
        })
}
