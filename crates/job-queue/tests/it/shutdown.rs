//! Draining, and letting go.

use std::time::Duration;

use job_queue::{JobState, WorkerOptions, WorkersOptions};

use crate::support::{Act, Harness, LATE, options, quick, until};

#[tokio::test(flavor = "multi_thread")]
async fn a_shutdown_lets_running_jobs_end_and_begins_nothing_new() {
    let harness = Harness::start().await;
    let many = WorkerOptions { concurrency: 16, ..options() };
    for n in 0..40 {
        harness.push(&format!("job-{n:02}"), Act::Gate).await;
    }
    let running = harness.work_with(quick(), many);
    until("16 run", async || harness.starts.lock().unwrap().len() == 16).await;
    let stopping = tokio::spawn(running.stop());
    let shutdown = harness.shutdown.lock().unwrap().clone();
    until("the shutdown is heard of", async || shutdown.is_cancelled()).await;
    harness.open_gate();
    stopping.await.unwrap();
    let stats = harness.queue.stats().await.unwrap();
    assert_eq!(
        (stats.done, stats.running, stats.workers),
        (16, 0, 0),
        "all acknowledged, the worker signed off: {stats:?}"
    );
    assert_eq!(harness.starts.lock().unwrap().len(), 16);
    assert_eq!(stats.waiting + stats.delayed, 24, "one that was fetched just then is handed back: {stats:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_outlives_the_grace_period_is_released_without_losing_an_attempt() {
    let harness = Harness::start().await;
    harness.push("long", Act::Gate).await;
    let impatient = WorkersOptions { grace: Duration::from_millis(50), ..quick() };
    for _ in 0..4 {
        let before = harness.starts_of("long").len();
        let running = harness.work_with(impatient, options());
        until("it runs", async || harness.starts_of("long").len() > before).await;
        running.stop().await;
        assert_eq!(harness.queue.show("long").await.unwrap().summary.state, JobState::Waiting);
    }
    harness.open_gate();
    let running = harness.work();
    let job = harness.reaches("long", JobState::Done).await;
    assert_eq!(harness.starts_of("long"), [1, 1, 1, 1, 1], "four more than the limit of attempts, none counted");
    assert_eq!(job.summary.attempts, 1);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn health_is_the_age_of_the_last_heartbeat() {
    let mut harness = Harness::start().await;
    let running = harness.work();
    let health = running.health.clone();
    running.alive().await;
    until("it is young", async || health.heartbeat_age().unwrap() < LATE).await;
    harness.redis.kill().unwrap();
    running.silent().await;
    harness.redis.start_again().await.unwrap();
    until("it is young again", async || health.heartbeat_age().unwrap() < LATE).await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shutdown_ends_even_while_redis_is_away() {
    let mut harness = Harness::start().await;
    harness.push("long", Act::Gate).await;
    let running = harness.work_with(WorkersOptions { grace: Duration::from_millis(200), ..quick() }, options());
    harness.reaches("long", JobState::Running).await;
    harness.redis.kill().unwrap();
    running.stop().await;
    harness.redis.start_again().await.unwrap();
    harness.open_gate();
    let next = harness.work();
    assert_eq!(
        harness.reaches("long", JobState::Done).await.summary.attempts,
        1,
        "taken over once its process counts as dead"
    );
    next.stop().await;
}
