//! Keeps one queue's worker alive: apalis' worker ends at any Redis error, so it is started again under a new name.

use std::{
    io,
    panic::AssertUnwindSafe,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use apalis::prelude::{Event, EventListenerExt, WorkerBuilder, WorkerContext, WorkerError};
use apalis_redis::Config;
use futures::FutureExt;
use tokio::time::{Instant, timeout};
use tower::limit::ConcurrencyLimitLayer;

use super::{
    backend::GuardedBackend,
    delivery::{LAST_WORDS, Mount},
    health::Pulse,
    options::WorkersOptions,
    service::Deliver,
    upkeep,
};

/// Runs workers until a shutdown is asked for and the last one has drained.
pub(super) async fn supervise(mount: Arc<Mount>, options: WorkersOptions, pulse: Pulse, restarts: Arc<AtomicU64>) {
    let queue = &*mount.ledger.queue;
    let mut dead: Option<String> = None;
    let mut pause = FIRST_PAUSE;
    while !mount.stopping.is_cancelled() {
        let Some(server) = make_ready(&mount, dead.as_deref()).await else {
            pause = (pause * 2).min(LONGEST_PAUSE);
            rest(&mount, pause).await;
            continue;
        };
        if dead.is_some() {
            restarts.fetch_add(1, Ordering::Relaxed);
            metrics::counter!("job_worker_restarts_total", "queue" => queue.to_owned()).increment(1);
        }
        // Before apalis does it: it would unpack everything that is due at once.
        if let Err(error) = upkeep::promote_all(&mount.ledger).await {
            tracing::debug!(job.queue = queue, "due jobs not promoted before the worker starts: {error}");
        }
        let name = next_name(&mount);
        let began = Instant::now();
        match AssertUnwindSafe(run_worker(&name, &server, &mount, &options, &pulse)).catch_unwind().await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                tracing::warn!(job.queue = queue, worker.name = name, "worker died, starting another: {error}");
            }
            Err(_) => tracing::error!(job.queue = queue, worker.name = name, "worker panicked, starting another"),
        }
        dead = Some(name);
        pause = if began.elapsed() > STEADY { FIRST_PAUSE } else { (pause * 2).min(LONGEST_PAUSE) };
        rest(&mount, pause).await;
    }
    if let Some(name) = &dead {
        let _ = timeout(LAST_WORDS, reclaim(&mount, name)).await;
    }
}

const FIRST_PAUSE: Duration = Duration::from_millis(25);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// A worker that lived this long did not die of the reason that killed its predecessor.
const STEADY: Duration = Duration::from_secs(5);

async fn rest(mount: &Mount, pause: Duration) {
    tokio::select! {
        () = tokio::time::sleep(pause) => {}
        () = mount.stopping.cancelled() => {}
    }
}

async fn run_worker(
    name: &str,
    server: &str,
    mount: &Arc<Mount>,
    options: &WorkersOptions,
    pulse: &Pulse,
) -> Result<(), WorkerError> {
    let config = Config::default()
        .queue(&*mount.ledger.queue)
        .heartbeat_interval(options.heartbeat)
        .missed_heartbeats(missed(options))
        .emit_events(false);
    let concurrency = mount.options.concurrency.max(1);
    let backend = GuardedBackend::new(mount.ledger.broker.connection(), config, concurrency, options.poll);
    let context = WorkerContext::new(name);
    let pulse = pulse.clone();
    let worker = WorkerBuilder::new(context.clone())
        .backend(backend)
        .on_event(move |_, event| {
            if matches!(event, Event::HeartBeat) {
                pulse.beat();
            }
        })
        .layer(ConcurrencyLimitLayer::new(concurrency))
        .build(Deliver(mount.clone()));
    let mut latest = mount.server.subscribe();
    let run = worker.run();
    tokio::pin!(run);
    tokio::select! {
        biased;
        ended = &mut run => return ended,
        // A worker that sent nothing while Redis was away does not notice, and would never learn that Redis has forgotten an
        // acknowledgement. Its tasks are handed back and delivered again; those that are over end at once.
        _ = latest.wait_for(|latest| latest != server) => return Err(io::Error::other("redis was started again").into()),
        () = mount.stopping.cancelled() => {}
    }
    if context.stop().is_err() {
        return Ok(()); // never started, so there is nothing to drain
    }
    tokio::select! {
        ended = run => ended,
        // Its handlers have let go by now. Whatever holds it up, its tasks are handed back next.
        () = async { mount.killed.cancelled().await; tokio::time::sleep(LAST_WORDS).await } => Ok(()),
    }
}

/// apalis counts the silence in whole seconds of both clocks, so anything below two is a false alarm waiting to happen.
fn missed(options: &WorkersOptions) -> usize {
    let beats = options.silence().as_millis().div_ceil(options.heartbeat.as_millis().max(1));
    usize::try_from(beats).unwrap_or(usize::MAX)
}

/// Unique over hosts, processes and restarts: apalis refuses a name that was used a moment ago.
fn next_name(mount: &Mount) -> String {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    format!("{}@{}.{number}", mount.ledger.queue, mount.ledger.runner)
}

/// Hands back what the dead worker had; answers the run of the server on which the next one may start, `None` while Redis is away.
async fn make_ready(mount: &Mount, dead: Option<&str>) -> Option<String> {
    // Asked first, so that a server which is started again from here on is noticed.
    let server = match mount.ledger.beat().await {
        Ok(server) => server,
        Err(error) => {
            tracing::warn!(job.queue = &*mount.ledger.queue, "no worker started yet: {error}");
            return None;
        }
    };
    mount.server.send_replace(server.clone());
    match dead {
        Some(name) if !reclaim(mount, name).await => None,
        _ => Some(server),
    }
}

async fn reclaim(mount: &Mount, worker: &str) -> bool {
    match mount.ledger.reclaim(worker).await {
        Ok(count) => {
            if count > 0 {
                tracing::info!(job.queue = &*mount.ledger.queue, worker.name = worker, "{count} jobs handed back");
            }
            true
        }
        Err(error) => {
            tracing::warn!(job.queue = &*mount.ledger.queue, worker.name = worker, "jobs not handed back yet: {error}");
            false
        }
    }
}
