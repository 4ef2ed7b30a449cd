//! Where the runs lie and how they are worked on; one at a time.

use std::{path::PathBuf, sync::Arc, time::Duration};

use daemon_kit::config::{BackfillConfig, WarehouseConfig};
use tokio::sync::{Mutex, OwnedMutexGuard};
use warehouse::BackfillProgress;

use super::folder::read_json;

const PROGRESS: &str = "progress.json";
/// More than it takes to answer Redis.
const MOMENT: Duration = Duration::from_secs(5);

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

    pub(super) fn progress_file(&self) -> PathBuf {
        self.runs.join(PROGRESS)
    }
}
