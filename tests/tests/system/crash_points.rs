//! `kill -9` at every step of a fetch, a commit, a publish and a compaction: the next start brings the warehouse to the
//! state of an undisturbed run, and readers see whole generations throughout.

use std::{path::Path, sync::Arc};

use chrono::NaiveDate;
use futures::{StreamExt as _, stream};
use job_queue::payload::IngestJob;
use system_tests::{Readers, Settings, Stage, market};
use upstream_simulators::Market;

/// Cases at the same time: they mostly wait for a dead worker to count as dead.
const TOGETHER: usize = 4;

fn fetch(day: NaiveDate) -> IngestJob {
    IngestJob::FetchDailyMarket { source: "tushare".to_owned(), trade_date: day }
}

/// Some days in a warehouse whose writer has ended, and the job that comes next.
struct Scene {
    stage: Stage,
    /// The job during which the worker dies.
    job: IngestJob,
    /// Fetched last, so that each run ends with the same days.
    last: NaiveDate,
}

impl Scene {
    async fn new(market: &Arc<Market>, job: impl FnOnce(NaiveDate) -> IngestJob) -> Self {
        let stage = Stage::new(market).await;
        let days = stage.days(4);
        let worker = stage.worker().await;
        stage.done(&stage.ask_for(&days[..2]).await).await;
        worker.stop().await;
        Self { job: job(days[2]), last: days[3], stage }
    }

    /// What the warehouse holds when nothing goes wrong.
    async fn undisturbed(&self) -> String {
        let stage = self.copy().await;
        let worker = stage.worker().await;
        stage.done(&[stage.ask(&self.job).await]).await;
        stage.done(&stage.ask_for(&[self.last]).await).await;
        worker.stop().await;
        stage.published_hash().await
    }

    /// The same with a worker that dies at `step` of the job.
    async fn dying_at(&self, step: &str) -> String {
        let stage = self.copy().await;
        let api = stage.api().await;
        let readers = Readers::start(&stage, &api);
        let before = stage.published_hash().await;

        let worker = stage.worker_dying_at(step).await;
        let job = stage.ask(&self.job).await;
        worker.dies_by_sigkill().await;
        readers.look_again().await;
        assert!(step == "AfterFlip" || stage.published_hash().await == before, "{step}: nothing new is current");

        let worker = stage.worker().await;
        stage.done(&[job]).await;
        assert!(stage.published_days().contains(&self.wanted()), "{step}: a job that is done is visible");
        stage.done(&stage.ask_for(&[self.last]).await).await;
        worker.stop().await;
        let seen = readers.stop().await;
        assert!(seen.len() >= 2, "{step}: {seen:?}");
        api.stop().await;
        stage.published_hash().await
    }

    /// A day that is published once the job is done.
    fn wanted(&self) -> NaiveDate {
        match self.job {
            IngestJob::FetchDailyMarket { trade_date, .. } => trade_date,
            _ => self.stage.days(4)[1],
        }
    }

    async fn copy(&self) -> Stage {
        Stage::continuing(&self.stage.market, self.root(), Settings::default()).await
    }

    fn root(&self) -> &Path {
        self.stage.root()
    }
}

/// Dies at each of the steps, several at a time.
async fn survives(scene: Scene, steps: &[&str]) {
    let undisturbed = scene.undisturbed().await;
    let cases = stream::iter(steps).map(|step| async { (*step, scene.dying_at(step).await) });
    let hashes: Vec<_> = cases.buffer_unordered(TOGETHER).collect().await;
    for (step, hash) in hashes {
        assert_eq!(hash, undisturbed, "the warehouse after a crash at {step}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_during_fetch_or_commit_changes_nothing_in_the_end() {
    let scene = Scene::new(&market(30, 6), fetch).await;
    survives(scene, &["AfterFetch", "BatchBegun", "RowsWritten", "BeforeCommit", "AfterCommit"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_during_a_publish_changes_nothing_in_the_end() {
    let scene = Scene::new(&market(30, 6), fetch).await;
    let steps = ["BeforePublish", "CopyHalfway", "CopyDone", "Verified", "ManifestWritten", "BeforeFlip", "AfterFlip"];
    survives(scene, &steps).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_during_a_compaction_changes_nothing_in_the_end() {
    let scene = Scene::new(&market(30, 6), |_| IngestJob::Compact).await;
    survives(scene, &["CompactBaseWritten", "CompactBeforeSwap", "CompactAfterSwap"]).await;
}
