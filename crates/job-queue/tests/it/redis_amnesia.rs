//! A killed Redis comes back without what it had answered but not yet written down.

use std::{fs, path::PathBuf};

use job_queue::JobState;

use crate::support::{Act, Harness, until};

/// What Redis has on disk at one moment.
struct Memory {
    folder: PathBuf,
    files: Vec<(PathBuf, Vec<u8>)>,
}

impl Memory {
    async fn of(harness: &Harness) -> Self {
        harness.written_down().await;
        let configured: Vec<String> = harness.redis(&["CONFIG", "GET", "dir"]).await;
        let folder = PathBuf::from(&configured[1]).join("appendonlydir");
        let paths = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
        let files = paths.map(|path| (path.clone(), fs::read(&path).unwrap())).collect();
        Self { folder, files }
    }

    /// Kills Redis and starts it again as it was then.
    async fn replaces_that_of(self, harness: &mut Harness) {
        harness.redis.kill().unwrap();
        fs::remove_dir_all(&self.folder).unwrap();
        fs::create_dir(&self.folder).unwrap();
        for (path, bytes) in &self.files {
            fs::write(path, bytes).unwrap();
        }
        harness.redis.start_again().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_whose_beginning_is_forgotten_is_neither_lost_nor_run_twice() {
    for act in [Act::Gate, Act::GateThenFail] {
        let mut harness = Harness::start().await;
        harness.push("job", act.clone()).await;
        let memory = Memory::of(&harness).await;
        let running = harness.work();
        harness.reaches("job", JobState::Running).await;
        until("it runs", async || harness.starts_of("job") == [1]).await;
        memory.replaces_that_of(&mut harness).await;
        harness.open_gate();
        let (end, starts) = if act == Act::Gate { (JobState::Done, vec![1]) } else { (JobState::Dead, vec![1, 2, 3]) };
        let job = harness.reaches("job", end).await;
        assert_eq!(harness.starts_of("job"), starts);
        assert_eq!((job.starts as usize, job.summary.attempts as usize), (starts.len(), starts.len()));
        until("acknowledged", async || {
            let stats = harness.queue.stats().await.unwrap();
            (stats.waiting, stats.delayed, stats.running) == (0, 0, 0)
        })
        .await;
        running.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_whose_end_is_forgotten_runs_once_more() {
    let mut harness = Harness::start().await;
    harness.push("job", Act::Gate).await;
    let running = harness.work();
    harness.reaches("job", JobState::Running).await;
    let memory = Memory::of(&harness).await;
    harness.open_gate();
    harness.reaches("job", JobState::Done).await;
    until("acknowledged", async || harness.queue.stats().await.unwrap().running == 0).await;
    memory.replaces_that_of(&mut harness).await;
    until("it runs once more", async || harness.starts_of("job") == [1, 1]).await;
    harness.reaches("job", JobState::Done).await;
    until("acknowledged again", async || harness.queue.stats().await.unwrap().running == 0).await;
    running.stop().await;
}
