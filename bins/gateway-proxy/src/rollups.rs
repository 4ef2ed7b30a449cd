//! What was relayed, hour by hour, on its way to the warehouse.
//!
//! The ledger is the outbox: an hour stays there until the job that carries it is done. Each is pushed under an id of its
//! own (`usage@2026-11-23T02:00:00Zv1`), as often as it takes: a queue that has it says where it stands, one that forgot it
//! takes it again.

use std::{cmp::min, time::Duration};

use daemon_kit::clock::Clock;
use gateway_ledger::{Ledger, LedgerError, Rollup, RollupRow};
use job_queue::{
    JobState, Push, Pushed, Queue, QueueError,
    payload::{GatewayUsageRecord, RecordGatewayUsage, WarehouseWriteJob},
};
use tokio_util::sync::CancellationToken;

/// Hours in one look. What is left comes with the next one.
const HOURS: usize = 100;
/// While nothing moves (the warehouse's host sleeps) the looks are further and further apart.
const PAUSE_MAX: Duration = Duration::from_secs(600);

/// Pushes hours as they are over.
#[derive(Debug)]
pub(crate) struct Rollups {
    ledger: Ledger,
    queue: Queue<WarehouseWriteJob>,
    clock: Clock,
    every: Duration,
    is_in_trouble: bool,
}

/// What one look did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Look {
    /// Hours that the queue did not have.
    pub(crate) pushed: usize,
    /// Hours that the warehouse has now.
    pub(crate) recorded: usize,
    /// Hours that the queue has and that nobody has written yet.
    pub(crate) waiting: usize,
    /// Hours that the warehouse refuses; an operator finds them in the dead letters.
    pub(crate) refused: usize,
}

/// Why a look ended early.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RollupError {
    #[error("the books: {0}")]
    Ledger(#[from] LedgerError),
    #[error("the queue: {0}")]
    Queue(#[from] QueueError),
}

impl Rollups {
    /// From `ledger` to `queue`, with a look every `every`.
    pub(crate) fn new(ledger: Ledger, queue: Queue<WarehouseWriteJob>, clock: Clock, every: Duration) -> Self {
        metrics::describe_gauge!("gateway_rollups_pending", "Hours of usage that the warehouse does not have yet");
        Self { ledger, queue, clock, every, is_in_trouble: false }
    }

    /// Looks until `shutdown`.
    pub(crate) async fn run(mut self, shutdown: CancellationToken) {
        let mut pause = self.every;
        loop {
            let Some(looked) = shutdown.run_until_cancelled(self.look()).await else { return };
            let moved = looked.as_ref().is_ok_and(|look| look.pushed + look.recorded > 0);
            let idle = looked.as_ref().is_ok_and(|look| *look == Look::default());
            self.tell(looked);
            pause = if moved || idle { self.every } else { min(pause * 2, PAUSE_MAX.max(self.every)) };
            if shutdown.run_until_cancelled(tokio::time::sleep(pause)).await.is_none() {
                return;
            }
        }
    }

    /// Pushes every hour that is due, and notes which ones have arrived.
    pub(crate) async fn look(&self) -> Result<Look, RollupError> {
        let pending = self.ledger.pending_rollups(self.clock.now(), HOURS).await?;
        #[expect(clippy::cast_precision_loss, reason = "a gauge is read by people")]
        metrics::gauge!("gateway_rollups_pending").set(pending.len() as f64);
        let mut look = Look::default();
        for rollup in pending {
            let report = report(&rollup);
            let id = report.id();
            match self.queue.push(Push::id(&id), &WarehouseWriteJob::RecordGatewayUsage(report)).await? {
                Pushed::New { .. } => {
                    self.ledger.mark_pushed(rollup.hour, rollup.version, self.clock.now()).await?;
                    tracing::info!(job.id = id, rows = rollup.rows.len(), "{id} pushed");
                    look.pushed += 1;
                }
                Pushed::Duplicate { state: JobState::Done, .. } => {
                    self.ledger.mark_recorded(rollup.hour, rollup.version).await?;
                    tracing::info!(job.id = id, "{id} is in the warehouse");
                    look.recorded += 1;
                }
                Pushed::Duplicate { state: JobState::Dead, .. } => {
                    tracing::warn!(job.id = id, "{id} is a dead letter: look at it with `twilight jobs show`");
                    look.refused += 1;
                }
                Pushed::Duplicate { .. } | Pushed::Coalesced { .. } => look.waiting += 1,
            }
        }
        Ok(look)
    }

    fn tell(&mut self, looked: Result<Look, RollupError>) {
        match looked {
            Ok(_) if std::mem::take(&mut self.is_in_trouble) => tracing::info!("usage is rolled up again"),
            Ok(_) => {}
            Err(error) => {
                if !std::mem::replace(&mut self.is_in_trouble, true) {
                    tracing::warn!(error = %error, "usage waits in the books until it can be rolled up: {error}");
                }
            }
        }
    }
}

fn report(rollup: &Rollup) -> RecordGatewayUsage {
    RecordGatewayUsage {
        hour: rollup.hour,
        report: rollup.version.into(),
        rows: rollup.rows.iter().map(record).collect(),
    }
}

fn record(row: &RollupRow) -> GatewayUsageRecord {
    GatewayUsageRecord {
        profile: row.profile.clone(),
        channel: row.channel.clone(),
        model: row.model.clone(),
        requests: row.requests,
        failed: row.failures,
        input_tokens: row.usage.input,
        cached_tokens: row.usage.cached_input,
        output_tokens: row.usage.output,
        thinking_tokens: row.usage.thinking,
        cny_nano: row.cny.nano(),
        estimated_cny_nano: row.estimated_cny.nano(),
    }
}

#[cfg(test)]
mod tests;
