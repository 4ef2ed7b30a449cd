//! A worker of the queue `quality` as the tests want it: it finds nothing, or what it is told to.

use std::{path::PathBuf, sync::Arc, time::Duration};

use job_queue::{
    JobError, Push, Queue, WorkerOptions, Workers, WorkersOptions,
    payload::{
        FindingRecord, FindingScope, QualityJob, RecordFindings, WarehouseWriteJob,
        queue_name::{QUALITY, WAREHOUSE_WRITE},
    },
};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};
use warehouse::{Reader, ReaderOptions};

use crate::world::World;

/// What becomes of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Habit {
    /// Nothing is found, and that is recorded.
    Records,
    /// Nothing is recorded.
    Forgets,
    /// The check fails for good.
    Fails,
}

/// A running worker; it ends when this is dropped.
pub(crate) struct QualityStandIn {
    shutdown: CancellationToken,
    _task: AbortOnDropHandle<()>,
}

impl QualityStandIn {
    /// Starts it on the world's Redis.
    pub(crate) fn start(world: &World, habit: Habit) -> Self {
        let queue: Queue<QualityJob> = world.queue_of(QUALITY);
        let writes: Queue<WarehouseWriteJob> = world.queue_of(WAREHOUSE_WRITE);
        let quick = Duration::from_millis(10);
        let mut workers =
            Workers::with_options(WorkersOptions { poll: quick, promote: quick, ..WorkersOptions::default() });
        let published = Arc::new(world.published());
        workers.mount(&queue, WorkerOptions::default(), move |job, about| {
            let (writes, published) = (writes.clone(), published.clone());
            async move {
                match habit {
                    Habit::Records => record(&writes, &published, &about.id, job).await,
                    Habit::Forgets => Ok(()),
                    Habit::Fails => Err(JobError::fatal("the stand-in fails")),
                }
            }
        });
        let shutdown = CancellationToken::new();
        let asked = shutdown.clone();
        let task = tokio::spawn(async move { workers.run(asked.cancelled_owned()).await });
        Self { shutdown, _task: AbortOnDropHandle::new(task) }
    }
}

impl Drop for QualityStandIn {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

/// Records that the days of a check are without findings on the current generation.
async fn record(
    writes: &Queue<WarehouseWriteJob>,
    published: &PathBuf,
    id: &str,
    job: QualityJob,
) -> Result<(), JobError> {
    let QualityJob::CheckGeneration { generation: Some(asked), dates } = job else {
        return Err(JobError::fatal("not a check of a generation"));
    };
    let current = Reader::open(published, ReaderOptions::default()).map_err(JobError::retry)?.current();
    let current = current.filter(|current| current.number() >= asked).ok_or_else(|| JobError::retry("too early"))?;
    let record = findings(current.number(), current.manifest().commit_seq, dates, Vec::new());
    writes.push(Push::id(&format!("findings of {id}").replace(' ', "_")), &record).await.map_err(JobError::retry)?;
    Ok(())
}

/// The only part of a check.
pub(crate) fn findings(
    generation: u64,
    commit_seq: u64,
    dates: Option<Vec<chrono::NaiveDate>>,
    findings: Vec<FindingRecord>,
) -> WarehouseWriteJob {
    WarehouseWriteJob::RecordFindings(Box::new(RecordFindings {
        check: "check_generation".to_owned(),
        generation: Some(generation),
        commit_seq,
        checked_at: "2024-01-15T12:00:00Z".parse().unwrap(),
        scope: FindingScope {
            checks: vec!["price_limit".to_owned(), "ohlc_order".to_owned()],
            dates,
            from_code: None,
            to_code: None,
        },
        last: true,
        findings,
    }))
}
