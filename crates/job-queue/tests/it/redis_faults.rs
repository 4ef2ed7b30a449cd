//! Redis goes away, comes back, or forgets everything.

use job_queue::{JobState, Queue};

use crate::support::{Act, BOUND, Harness, until};

#[tokio::test(flavor = "multi_thread")]
async fn a_job_survives_an_orderly_restart_of_redis_and_runs_once() {
    survive(async |harness| harness.redis.stop().unwrap()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_survives_a_kill_of_redis_and_runs_once() {
    survive(async |harness| {
        harness.written_down().await; // what becomes of a job that Redis has forgotten is told in `redis_amnesia`
        harness.redis.kill().unwrap();
    })
    .await;
}

/// The handler is in the middle of its job when Redis goes, ends while Redis is away, and is recorded when it is back.
async fn survive(end: impl AsyncFnOnce(&mut Harness)) {
    let mut harness = Harness::start().await;
    for n in 0..10 {
        harness.push(&format!("job-{n}"), Act::Gate).await;
    }
    let running = harness.work();
    running.alive().await;
    until("four run", async || harness.starts.lock().unwrap().len() == 4).await;
    end(&mut harness).await;
    harness.open_gate();
    running.silent().await;
    harness.redis.start_again().await.unwrap();
    for n in 0..10 {
        let id = format!("job-{n}");
        harness.reaches(&id, JobState::Done).await;
        assert_eq!(harness.starts_of(&id), [1], "{id}: neither lost nor run twice");
    }
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_still_running_when_the_worker_is_replaced_is_joined_not_doubled() {
    let harness = Harness::start().await;
    harness.push("long", Act::Gate).await;
    let running = harness.work();
    harness.reaches("long", JobState::Running).await;
    for round in 1..=3 {
        harness.redis::<()>(&["DEL", "faults:workers"]).await; // its next command fails: it is not registered
        until("another worker", async || running.health.restarts() >= round).await;
        until("the job is back in its hands", async || {
            harness.queue.stats().await.is_ok_and(|stats| stats.running == 1)
        })
        .await;
    }
    harness.push("other", Act::Succeed).await;
    harness.reaches("other", JobState::Done).await;
    harness.open_gate();
    harness.reaches("long", JobState::Done).await;
    until("acknowledged", async || harness.queue.stats().await.unwrap().running == 0).await;
    assert_eq!(harness.starts_of("long"), [1]);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_flushall_the_workers_recover_and_later_jobs_run() {
    let harness = Harness::start().await;
    let running = harness.work();
    harness.push("before", Act::Gate).await;
    harness.reaches("before", JobState::Running).await;
    harness.redis::<()>(&["FLUSHALL"]).await;
    harness.push("after", Act::Succeed).await;
    harness.reaches("after", JobState::Done).await;
    harness.open_gate();
    // Its own daemon enqueues it again from its store; the old handler's answer does not get in the way.
    harness.push("before", Act::Succeed).await;
    harness.reaches("before", JobState::Done).await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_and_producers_may_start_before_redis() {
    let mut harness = Harness::start().await;
    harness.redis.stop().unwrap();
    let running = harness.work();
    let queue = Queue::new(&Harness::broker(&harness.redis, BOUND), harness.queue.name()).unwrap();
    let early = tokio::spawn(async move { queue.push(job_queue::Push::id("early"), &Act::Succeed).await });
    harness.redis.start_again().await.unwrap();
    early.await.unwrap().unwrap();
    harness.reaches("early", JobState::Done).await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_refuses_writes_for_a_while_costs_no_job_and_no_second_run() {
    let harness = Harness::start().await;
    let running = harness.work();
    running.alive().await;
    harness.push("before", Act::Gate).await;
    harness.reaches("before", JobState::Running).await;
    harness.redis::<()>(&["CONFIG", "SET", "maxmemory", "1"]).await;
    let refused = harness.queue.push(job_queue::Push::id("refused"), &Act::Succeed).await.unwrap_err();
    assert!(matches!(&refused, job_queue::QueueError::Refused(reason) if reason.contains("maxmemory")), "{refused}");
    harness.open_gate();
    running.silent().await;
    harness.redis::<()>(&["CONFIG", "SET", "maxmemory", "0"]).await;
    harness.reaches("before", JobState::Done).await;
    harness.push("refused", Act::Succeed).await;
    harness.reaches("refused", JobState::Done).await;
    assert_eq!(harness.starts_of("before"), [1]);
    running.stop().await;
}
