//! The daemon: opens the warehouse, starts the writer thread, works the queue, keeps the schedule, serves its health.

use std::sync::Arc;

use anyhow::Context as _;
use daemon_kit::{
    clock::Clock,
    config::{IngestWorkerConfig, QueueConfig, WarehouseConfig},
    metrics::Metrics,
    readiness::Readiness,
    server::Server,
};
use job_queue::{Broker, Health};
use tokio::{net::TcpListener, sync::Notify};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};
use warehouse::{SourcePolicy, Writer, WriterOptions};

use crate::{
    CrashPoint, Pace, PublicationTime, WriterHandle, WriterTaskOptions,
    backfill::Backfills,
    checks::CheckRequests,
    crash_point,
    fallback::SourceOrder,
    jobs::JobsContext,
    parquet::ParquetExports,
    partial_day::PartialDays,
    queues::Queues,
    reconcile::{Again, Late, Reconcile},
    schedule,
    sources::{Source, Sources},
    spawn_writer,
    status::StatusBoard,
};

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
    let task_options = WriterTaskOptions {
        publish_within: worker.publish_coalesce,
        bookkeeping_every: pace.bookkeeping_every,
        ..WriterTaskOptions::default()
    };
    let (writer, writer_thread) = spawn_writer(writer, task_options, clock.clone())?;

    let queues = Queues::of(&queue)?;
    let recorded = Arc::new(Notify::new());
    let sources = Sources::new(&worker, &clock)?;
    let order = SourceOrder::new(&warehouse, &sources);
    let backfills = Backfills::new(&warehouse, &worker.backfill);
    let board = StatusBoard::starting(backfills.last_progress());
    let publication = PublicationTime(worker.publication_time);
    let context = JobsContext {
        writer: writer.clone(),
        sources: sources.clone(),
        queue: queues.ingest.clone(),
        order: order.clone(),
        clock: clock.clone(),
        board: board.clone(),
        publication,
        incomplete_retry: pace.incomplete_retry,
        fallback_after: worker.fallback_after,
        slice: worker.backfill.slice,
        backfills: backfills.clone(),
        recorded: recorded.clone(),
        partial_days: PartialDays::default(),
        crash_at,
    };

    let workers = queues.workers(&worker, &pace, &context);
    let readiness = readiness(workers.health(), &queues, writer.clone());
    let has = |source| sources.has(source);
    let scheduler = schedule::scheduler(&queues.ingest, &worker.schedule, &worker.backfill, has)?;
    let daily_ticks = order.preferred().map(|source| schedule::daily_ticks(&worker.schedule, source)).transpose()?;
    let reconcile = Reconcile {
        writer: writer.clone(),
        queue: queues.ingest,
        order,
        has_reference_source: sources.has(Source::Tushare),
        keep_from: worker.keep_from,
        publication,
        daily_ticks: daily_ticks.flatten(),
        fallback_after: worker.fallback_after,
        backfills,
        board: board.clone(),
        clock: clock.clone(),
        again: Again::default(),
        late: Late::default(),
    };
    let checks = CheckRequests {
        writer: writer.clone(),
        queue: queues.quality,
        clock: clock.clone(),
        recorded,
        again: Again::default(),
        asked: None,
    };
    let now = clock.clone();

    let background = [
        AbortOnDropHandle::new(tokio::spawn(board.clone().keep_written(
            writer.clone(),
            published.clone(),
            clock.clone(),
        ))),
        AbortOnDropHandle::new(tokio::spawn(async move { reconcile.keep_looking(pace.reconcile_every).await })),
        AbortOnDropHandle::new(tokio::spawn(async move { checks.keep_asking(pace.reconcile_every).await })),
    ];
    let exports = ParquetExports::of(&warehouse)
        .map(|exports| AbortOnDropHandle::new(tokio::spawn(exports.keep_exporting(writer.generation()))));
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
    drop((background, exports));
    board.write(&writer, &published, &clock).await;
    stop_writer(&writer, writer_thread).await
}

fn open_writer(config: &WarehouseConfig, crash_at: Option<CrashPoint>) -> anyhow::Result<Writer> {
    let options = WriterOptions {
        memory_limit_mb: config.memory_limit_mb,
        threads: config.threads,
        source_policy: SourcePolicy {
            daily: config.source_priority.daily.clone(),
            index: config.source_priority.index.clone(),
            foreign: config.source_priority.foreign.clone(),
            corporate_action: config.source_priority.corporate_action.clone(),
        },
        coverage_percent: config.coverage_percent,
        feature_days: config.feature_days,
        keep_generations: config.keep_generations,
        on_step: crash_point::observer(crash_at),
        ..WriterOptions::default()
    };
    Writer::open(&config.root, options).with_context(|| format!("open the warehouse at {}", config.root.display()))
}

async fn stop_writer(writer: &WriterHandle, thread: std::thread::JoinHandle<()>) -> anyhow::Result<()> {
    writer.stop();
    tokio::task::spawn_blocking(move || thread.join()).await?.map_err(|_| anyhow::anyhow!("the writer thread panicked"))
}

/// The queue that checks go to is not asked: they wait, and nothing waits for them.
fn readiness(health: Health, queues: &Queues, writer: WriterHandle) -> Readiness {
    let ping = |broker: &Broker| {
        let broker = broker.clone();
        move || {
            let broker = broker.clone();
            async move { broker.ping().await.map_err(|error| error.to_string()) }
        }
    };
    let ready = Readiness::new()
        .check("queue", ping(queues.ingest.broker()))
        .check("warehouse-write", ping(queues.writes.broker()));
    ready.check("worker", move || std::future::ready(health.check())).check("writer", move || {
        let writer = writer.clone();
        async move {
            writer.with(|_| ()).await.map_err(|error| error.to_string())?;
            writer.trouble().map_or(Ok(()), Err)
        }
    })
}
