//! What must happen beside the worker: making due jobs ready, signs of life, the hourly purge.

use std::{sync::Arc, time::Duration};

use futures::future::join_all;
use tokio::time::{Instant, MissedTickBehavior};

use super::{delivery::Mount, health::Pulse, ledger::Ledger, options::WorkersOptions};
use crate::{Purge, Queue, QueueError};

/// Few enough that Redis is never held up, and far below the 8,000 at which a Lua `unpack` fails.
const SLICE: usize = 500;

/// Makes due jobs ready until none is left.
pub(super) async fn promote_all(ledger: &Ledger) -> Result<(), QueueError> {
    while ledger.promote(SLICE).await? == SLICE {}
    Ok(())
}

/// Runs until it is dropped.
pub(super) async fn keep_up(mount: Arc<Mount>, options: WorkersOptions, pulse: Pulse) {
    let chores = [
        (options.promote, Chore::Promote),
        (options.heartbeat, Chore::Beat(pulse)),
        (Duration::from_secs(3600), Chore::Purge(options.purge)),
    ];
    join_all(chores.into_iter().map(|(period, chore)| repeat(period, chore, mount.clone()))).await;
}

enum Chore {
    Promote,
    Beat(Pulse),
    Purge(Purge),
}

impl Chore {
    fn name(&self) -> &'static str {
        match self {
            Self::Promote => "make due jobs ready",
            Self::Beat(_) => "give a sign of life",
            Self::Purge(_) => "purge finished jobs",
        }
    }

    async fn run(&self, mount: &Mount) -> Result<(), QueueError> {
        let ledger = &mount.ledger;
        match self {
            Self::Promote => promote_all(ledger).await,
            Self::Beat(pulse) => {
                mount.server.send_replace(ledger.beat().await?);
                pulse.beat();
                Ok(())
            }
            Self::Purge(what) => {
                let purged = Queue::<()>::new(&ledger.broker, &ledger.queue)?.purge(*what).await?;
                if purged.done + purged.dead > 0 {
                    tracing::info!(
                        job.queue = &*ledger.queue,
                        "purged {} done and {} dead jobs",
                        purged.done,
                        purged.dead
                    );
                }
                Ok(())
            }
        }
    }
}

/// Repeats a chore; complains once when it begins to fail and says once when it works again.
async fn repeat(period: Duration, chore: Chore, mount: Arc<Mount>) {
    let (ledger, name) = (&mount.ledger, chore.name());
    let mut ticks = tokio::time::interval(period.max(Duration::from_millis(1)));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut failing_since: Option<Instant> = None;
    loop {
        ticks.tick().await;
        match (chore.run(&mount).await, failing_since) {
            (Ok(()), None) | (Err(_), Some(_)) => {}
            (Ok(()), Some(since)) => {
                tracing::info!(job.queue = &*ledger.queue, "{name}: works again after {:?}", since.elapsed());
                failing_since = None;
            }
            (Err(error), None) => {
                tracing::warn!(job.queue = &*ledger.queue, "failed to {name}, will keep trying: {error}");
                failing_since = Some(Instant::now());
            }
        }
    }
}
