//! Works the queue and keeps its schedule.

use std::sync::Arc;

use anyhow::Context as _;
use chrono_tz::Asia::Shanghai;
use daemon_kit::{clock::Clock, config::GatewayJobConfig};
use job_queue::{
    Backoff, Broker, Queue, Scheduler, WorkerOptions, Workers, WorkersOptions,
    payload::{GatewayJob, queue_name::GATEWAY},
};
use tokio_util::sync::CancellationToken;

use super::JobsContext;

/// The worker and its schedule, until `shutdown`. Nothing in it holds up a request, whatever Redis does.
///
/// # Errors
/// When the schedule cannot be read.
pub(crate) fn work(
    broker: &Broker,
    config: &GatewayJobConfig,
    context: JobsContext,
    clock: &Clock,
    shutdown: CancellationToken,
) -> anyhow::Result<impl Future<Output = ()> + Send + 'static> {
    let jobs: Queue<GatewayJob> = Queue::new(broker, GATEWAY)?;
    let mut workers = Workers::with_options(WorkersOptions {
        heartbeat: config.heartbeat,
        missed_heartbeats: config.missed_heartbeats,
        ..WorkersOptions::default()
    });
    let mount = WorkerOptions {
        // Few and short; two reconciliations at the same time would count one span twice.
        concurrency: 1,
        timeout: config.timeout,
        max_attempts: config.max_attempts,
        max_crashes: config.max_attempts,
        backoff: Backoff { base: config.retry_pause, ..Backoff::default() },
    };
    workers.mount(&jobs, mount, move |job, _about| {
        let context = context.clone();
        async move { context.handle(job).await }
    });
    let mut scheduler = Scheduler::new(&jobs, Shanghai);
    if let Some(cron) = &config.reconcile_balances {
        scheduler
            .entry("reconcile_balances", cron, |_| Some(GatewayJob::ReconcileBalances {}))
            .context("gateway-proxy.jobs.reconcile_balances")?;
    }
    let clock = clock.clone();
    Ok(async move {
        tokio::join!(
            workers.run(shutdown.clone().cancelled_owned()),
            scheduler.run(Arc::new(move || clock.now()), shutdown.cancelled_owned()),
        );
    })
}
