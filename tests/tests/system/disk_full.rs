//! A full disk under the worker: a clear error, the old generation in service, nothing acknowledged lost, and recovery.
//!
//! The disk is full in two ways: a limit on the size of a file, which works everywhere (`EFBIG`), and a small file system
//! that really is full (`ENOSPC`), where this process may mount one.

use std::{path::PathBuf, process::Command, sync::Arc};

use system_tests::{Daemon, Http, Readers, Settings, Stage, eventually, market};
use upstream_simulators::Market;

/// Less than the log of one commit, more than what the worker writes besides.
const COMMIT_FAILS_BLOCKS: u64 = 32;

/// Two days in a warehouse whose writer has ended, and the hash once the third is there too.
async fn two_days(market: &Arc<Market>, settings: Settings) -> (Stage, String) {
    let stage = Stage::with(market, settings).await;
    let worker = stage.worker().await;
    stage.done(&stage.ask_for(&stage.days(3)[..2]).await).await;
    worker.stop().await;
    let calm = Stage::continuing(market, stage.root(), Settings::default()).await;
    let worker = calm.worker().await;
    calm.done(&calm.ask_for(&calm.days(1)).await).await;
    worker.stop().await;
    let undisturbed = calm.published_hash().await;
    (stage, undisturbed)
}

/// Says so in its log, in `/readyz`, and in the job.
async fn complains(worker: &Daemon, what: &str) {
    let http = Http::new(&worker.url);
    eventually("/readyz names the full disk", async || {
        let (status, body) = http.get("/readyz").await;
        let reason = body["checks"]["writer"]["reason"].as_str()?;
        (status == 503 && reason.contains(what) && reason.contains("the disk is full")).then_some(())
    })
    .await;
    assert!(worker.says("the disk is full"), "{}", worker.log());
    assert_eq!(http.get("/healthz").await.0, 200);
}

/// What `/quality/status` tells everybody: the failed fetch, or that something is committed and not published.
fn status_says(stage: &Stage, what: &str) -> bool {
    let status = warehouse::read_status(&stage.published()).unwrap().unwrap();
    let failed = |error: &Option<String>| error.as_ref().is_some_and(|error| error.contains("the disk is full"));
    match what {
        "publishing failed" => status.unpublished,
        _ => status.freshness.iter().any(|freshness| failed(&freshness.last_error)),
    }
}

/// Runs the third day's job under a limit, and again without one.
async fn recovers_after_a_limit(blocks: impl FnOnce(&Stage) -> u64, what: &str) {
    let market = market(40, 5);
    let (stage, undisturbed) = two_days(&market, Settings::default()).await;
    let before = stage.published_hash().await;
    let api = stage.api().await;
    let readers = Readers::start(&stage, &api);

    let worker = stage.worker_limited_to(blocks(&stage)).await;
    let jobs = stage.ask_for(&stage.days(1)).await;
    complains(&worker, what).await;
    eventually("status.json says so", async || status_says(&stage, what).then_some(())).await;
    readers.look_again().await;
    assert_eq!(stage.published_hash().await, before, "the old generation is in service");
    worker.kill();

    let worker = stage.worker().await;
    stage.done(&jobs).await;
    eventually("the third day is published", async || (stage.published_hash().await == undisturbed).then_some(()))
        .await;
    worker.stop().await;
    readers.stop().await;
    api.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_is_full_while_committing_costs_time_only() {
    recovers_after_a_limit(|_| COMMIT_FAILS_BLOCKS, "commit failed").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_is_full_while_publishing_costs_time_only() {
    // The log of the commit fits; the tail, which is as long as the limit already, cannot grow and cannot be copied.
    let below_the_tail = |stage: &Stage| (stage.root().join("tail.duckdb").metadata().unwrap().len() / 512) - 1;
    recovers_after_a_limit(below_the_tail, "publishing failed").await;
}

/// A small file system in memory.
struct SmallDisk {
    folder: tempfile::TempDir,
}

impl SmallDisk {
    /// `None`, with a message, where this process may not mount one.
    fn mount(megabytes: u32) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let size = format!("size={megabytes}m");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(folder.path()).output();
        if mounted.is_ok_and(|output| output.status.success()) {
            return Some(Self { folder });
        }
        println!("skipped: mounting a tmpfs needs root on Linux");
        None
    }

    fn filler(&self) -> PathBuf {
        self.folder.path().join("filler")
    }

    /// Leaves no more than `bytes` free.
    fn fill_up_to(&self, bytes: u64) {
        let free = rustix::fs::statvfs(self.folder.path()).unwrap();
        let free = free.f_bavail * free.f_frsize;
        std::fs::write(self.filler(), vec![1; free.saturating_sub(bytes) as usize]).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: a daemon that a failing test has just killed may still be letting go of its files.
        let _ = Command::new("umount").arg("-l").arg(self.folder.path()).status();
    }
}

/// Fills the disk up to `free_bytes` while the worker runs, and empties it again while it still runs.
async fn recovers_without_a_restart(free_bytes: u64, what: &str) {
    let Some(disk) = SmallDisk::mount(96) else { return };
    let market = market(40, 5);
    let settings = Settings { root: Some(disk.folder.path().join("warehouse")), ..Settings::default() };
    let (stage, undisturbed) = two_days(&market, settings).await;
    let before = stage.published_hash().await;
    let api = stage.api().await;
    let readers = Readers::start(&stage, &api);

    let worker = stage.worker().await;
    disk.fill_up_to(free_bytes);
    let jobs = stage.ask_for(&stage.days(1)).await;
    complains(&worker, what).await;
    readers.look_again().await;
    assert_eq!(stage.published_hash().await, before, "the old generation is in service");

    std::fs::remove_file(disk.filler()).unwrap();
    stage.done(&jobs).await;
    let http = Http::new(&worker.url);
    eventually("the worker is ready again", async || (http.get("/readyz").await.0 == 200).then_some(())).await;
    assert_eq!(stage.published_hash().await, undisturbed);
    worker.stop().await;
    readers.stop().await;
    api.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn room_after_a_failed_commit_is_enough_no_restart_is_needed() {
    recovers_without_a_restart(16 << 10, "commit failed").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn room_after_a_failed_publish_is_enough_no_restart_is_needed() {
    // Room for the log and for what the tail grows by, and none for a second tail.
    recovers_without_a_restart(3 << 20, "publishing failed").await;
}
