//! Where the runs lie and how they are worked on; one at a time.

use std::{path::PathBuf, sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use daemon_kit::config::{BackfillConfig, WarehouseConfig};
use tokio::sync::{Mutex, OwnedMutexGuard};
use warehouse::{BackfillPhase, BackfillProgress};

use super::folder::{read_json, write_json};
use crate::status::StatusBoard;

const PROGRESS: &str = "progress.json";
/// More than it takes to answer Redis.
const MOMENT: Duration = Duration::from_secs(5);
/// A job that changes hands is seen again within that.
const SILENCE: TimeDelta = TimeDelta::minutes(2);

/// What all runs share. Clones are the same desk.
#[derive(Clone)]
pub(crate) struct Backfills {
    /// The folder that holds a folder for each run.
    pub(crate) runs: PathBuf,
    /// Where `status.json` stands.
    pub(crate) published: PathBuf,
    /// Codes that are fetched at the same time.
    pub(crate) concurrency: usize,
    /// So many percent of the codes make a run complete.
    pub(crate) coverage_percent: f64,
    one: Arc<Mutex<()>>,
}

impl Backfills {
    pub(crate) fn new(warehouse: &WarehouseConfig, config: &BackfillConfig) -> Self {
        Self {
            runs: warehouse.root.join("backfill"),
            published: warehouse.published(),
            concurrency: config.concurrency,
            coverage_percent: warehouse.coverage_percent,
            one: Arc::default(),
        }
    }

    /// The right to work on a run; `None` while another job has it. A stretch that has just sent its successor on needs a
    /// moment to end, so the successor waits for one.
    pub(crate) async fn begin(&self) -> Option<OwnedMutexGuard<()>> {
        tokio::time::timeout(MOMENT, Arc::clone(&self.one).lock_owned()).await.ok()
    }

    /// Progress of the last run that was worked on, in this process or an earlier one.
    pub(crate) fn last_progress(&self) -> Option<BackfillProgress> {
        read_json(&self.progress_file())
    }

    /// The last run, if it is not over and has shown nothing for a while: where neither its job nor its plan is there, it is
    /// lost.
    pub(crate) fn silent_run(&self, now: DateTime<Utc>) -> Option<BackfillProgress> {
        self.last_progress().filter(|last| !last.phase.is_over() && last.updated_at.is_none_or(|at| now - at > SILENCE))
    }

    /// Says that the run is lost.
    pub(crate) fn give_up(&self, run: BackfillProgress, board: &StatusBoard, now: DateTime<Utc>) {
        let message = format!("its job and its plan are lost ({}): ask for it again", run.phase.as_str());
        let (phase, updated_at) = (BackfillPhase::Failed, Some(now));
        let run = BackfillProgress { phase, message, updated_at, eta_s: None, ..run };
        tracing::warn!(job.id = run.id, "the backfill {} has failed: {}", run.id, run.message);
        if let Err(error) = write_json(&self.progress_file(), &run) {
            tracing::warn!(error = %error, "the progress of the backfill could not be kept");
        }
        board.set_backfill(run);
    }

    pub(super) fn progress_file(&self) -> PathBuf {
        self.runs.join(PROGRESS)
    }
}
