//! Worker processes that die. The worker is this test binary, started again with one test selected.

use std::{
    process::{Child, Command, Stdio},
    sync::Arc,
};

use job_queue::{Broker, JobContext, JobState, Queue, Workers, WorkersOptions};

use crate::support::{Act, Harness, eventually, options, quick, until};

const REDIS_URL: &str = "JOB_QUEUE_TEST_REDIS_URL";
const IS_PATIENT: &str = "JOB_QUEUE_TEST_IS_PATIENT";

/// No stall of the machine makes a process look dead to another one.
fn patient() -> WorkersOptions {
    WorkersOptions { missed_heartbeats: 100, ..quick() }
}

/// Not a test: the worker process of the tests below. Does nothing when it is run among the tests.
#[test]
#[expect(clippy::disallowed_methods, reason = "the only way to hand a test binary an argument")]
fn worker_process() {
    let Ok(url) = std::env::var(REDIS_URL) else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let queue: Queue<Act> = Queue::new(&Broker::connect(&url).unwrap(), "faults").unwrap();
        let gate = Arc::new(tokio::sync::watch::channel(false).0);
        let timings = if std::env::var(IS_PATIENT).is_ok() { patient() } else { quick() };
        let mut workers = Workers::with_options(timings);
        workers.mount(&queue, options(), move |act: Act, context: JobContext| act.run(context, gate.subscribe()));
        workers.run(std::future::pending()).await;
    });
}

struct Process(Child);

impl Process {
    fn start(harness: &Harness) -> Self {
        Self(Self::command(harness).spawn().unwrap())
    }

    fn start_patient(harness: &Harness) -> Self {
        Self(Self::command(harness).env(IS_PATIENT, "1").spawn().unwrap())
    }

    fn command(harness: &Harness) -> Command {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .args(["--exact", "crashes::worker_process", "--nocapture", "--test-threads=1"])
            .env(REDIS_URL, harness.redis.url())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }

    async fn ends(&mut self) {
        eventually(async || self.0.try_wait().unwrap()).await.expect("the process ends");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_job_of_a_killed_worker_is_taken_over_by_another() {
    let harness = Harness::start().await;
    for n in 0..6 {
        harness.push(&format!("job-{n}"), Act::Gate).await;
    }
    let process = Process::start(&harness);
    until("the process has four", async || harness.queue.stats().await.unwrap().running == 4).await;
    harness.reaches("job-0", JobState::Running).await;
    drop(process); // kill -9
    let running = harness.work();
    harness.open_gate();
    for n in 0..6 {
        let job = harness.reaches(&format!("job-{n}"), JobState::Done).await;
        assert_eq!(job.summary.attempts, 1, "a crash is counted apart");
    }
    assert_eq!(harness.queue.show("job-0").await.unwrap().crashes, 1);
    assert_eq!(harness.starts.lock().unwrap().len(), 6);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_living_process_keeps_its_job_while_another_one_works() {
    let harness = Harness::start().await;
    for id in ["long", "fill-1", "fill-2", "fill-3"] {
        harness.push(id, Act::Gate).await;
    }
    let process = Process::start_patient(&harness);
    until("the process has its hands full", async || harness.queue.stats().await.unwrap().running == 4).await;
    harness.reaches("long", JobState::Running).await;
    let runner: String = harness.redis(&["HGET", "faults:job:j:long", "runner"]).await;
    let running = harness.work_with(patient(), options());
    // As if apalis had taken the first process for dead. Only the second has room.
    harness.redis::<()>(&["RPUSH", "faults:active", "j:long"]).await;
    until("it was delivered here, too", async || harness.queue.stats().await.unwrap().waiting == 0).await;
    harness.push("other", Act::Succeed).await;
    harness.reaches("other", JobState::Done).await;
    assert_eq!(harness.starts_of("long"), [] as [u32; 0], "the first process lives");
    drop(process); // kill -9
    harness.redis::<()>(&["ZADD", "faults:runners", "1", &runner]).await; // it has been silent for very long
    harness.open_gate();
    harness.reaches("long", JobState::Done).await;
    assert_eq!(harness.starts_of("long"), [1]);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_kills_its_process_ends_in_the_dead_letters() {
    let harness = Harness::start().await;
    harness.push("killer", Act::Abort).await;
    for _ in 0..2 {
        Process::start(&harness).ends().await;
    }
    harness.push("harmless", Act::Succeed).await;
    let _process = Process::start(&harness);
    let killer = harness.reaches("killer", JobState::Dead).await;
    assert_eq!(killer.summary.error.as_deref(), Some("its process died 2 times while running it"));
    harness.reaches("harmless", JobState::Done).await;
}
