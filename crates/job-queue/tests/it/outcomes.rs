//! How jobs end.

use std::time::Duration;

use job_queue::{JobError, JobState, Push, Pushed, Queue, WorkerOptions, Workers, WorkersOptions};

use crate::support::{Act, Harness, options, quick, until};

#[tokio::test(flavor = "multi_thread")]
async fn a_job_runs_once_and_its_result_can_be_read() {
    let harness = Harness::start().await;
    assert_eq!(harness.push("a", Act::Succeed).await, Pushed::New { id: "a".to_owned() });
    let running = harness.work();
    let job = harness.reaches("a", JobState::Done).await;
    assert_eq!(job.result, Some("a did it".into()));
    assert_eq!((job.summary.attempts, job.starts, job.summary.error), (1, 1, None));
    assert!(job.summary.finished_at >= job.summary.started_at && job.summary.started_at >= job.summary.pushed_at);
    assert_eq!(harness.starts_of("a"), [1]);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_job_is_tried_again_with_growing_waits_and_then_rests_in_the_dead_letters() {
    let harness = Harness::start().await;
    harness.push("flaky", Act::FailTimes { times: 2 }).await;
    harness.push("never", Act::FailTimes { times: 99 }).await;
    let running = harness.work();
    let flaky = harness.reaches("flaky", JobState::Done).await;
    assert_eq!(harness.starts_of("flaky"), [1, 2, 3]);
    assert_eq!((flaky.summary.attempts, flaky.summary.error), (3, None));
    let took = flaky.summary.finished_at.unwrap() - flaky.summary.pushed_at.unwrap();
    assert!(took.num_milliseconds() >= 16 + 32, "the back-off was not kept: {took}");
    let never = harness.reaches("never", JobState::Dead).await;
    assert_eq!((never.summary.attempts, never.summary.error.as_deref()), (3, Some("not yet")));
    assert_eq!(harness.starts_of("never"), [1, 2, 3]);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_counts_as_an_attempt_and_a_fatal_error_ends_at_once() {
    let harness = Harness::start().await;
    for (id, act) in [("panics", Act::Panic), ("fatal", Act::Fatal), ("fine", Act::Succeed)] {
        harness.push(id, act).await;
    }
    let running = harness.work();
    let error = async |id| harness.reaches(id, JobState::Dead).await.summary.error.unwrap();
    assert_eq!(error("panics").await, "panic: boom 3");
    assert_eq!(error("fatal").await, "never");
    harness.reaches("fine", JobState::Done).await;
    assert_eq!((harness.starts_of("panics"), harness.starts_of("fatal")), (vec![1, 2, 3], vec![1]));
    assert_eq!(running.health.restarts(), 0, "no worker died of it");
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hang_is_cut_off_and_counts_as_an_attempt() {
    let harness = Harness::start().await;
    harness.push("hangs", Act::Hang).await;
    // Nothing else runs under so short a limit, which a stalled machine exceeds by itself.
    let running = harness.work_with(quick(), WorkerOptions { timeout: Duration::from_millis(100), ..options() });
    let hangs = harness.reaches("hangs", JobState::Dead).await.summary;
    assert_eq!((hangs.error.as_deref(), hangs.attempts), (Some("timed out after 100ms"), 3));
    assert_eq!(running.health.restarts(), 0, "no worker died of it");
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payload_that_cannot_be_read_becomes_a_dead_letter_and_harms_nobody() {
    let harness = Harness::start().await;
    let anything = harness.queue.with_payload::<serde_json::Value>();
    anything.push(Push::id("bad"), &serde_json::json!({"act": "dance"})).await.unwrap();
    harness.push("good", Act::Succeed).await;
    let running = harness.work();
    let bad = harness.reaches("bad", JobState::Dead).await;
    assert!(bad.summary.error.unwrap().contains("bad payload: unknown variant `dance`"));
    assert_eq!(bad.payload, Some(serde_json::json!({"act": "dance"})));
    harness.reaches("good", JobState::Done).await;
    assert_eq!((harness.starts_of("bad").len(), running.health.restarts()), (0, 0));
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_chooses_its_own_wait() {
    let harness = Harness::start().await;
    let queue: Queue<u64> = Queue::new(&harness.broker, "waits").unwrap();
    queue.push(Push::id("a"), &150).await.unwrap();
    let mut workers = Workers::with_options(quick());
    workers.mount(&queue, options(), |wait: u64, context| async move {
        match context.attempt {
            1 => Err(JobError::retry_after("quota", Duration::from_millis(wait))),
            _ => Ok(()),
        }
    });
    let running = tokio::spawn(workers.run(std::future::pending()));
    until("done", async || queue.show("a").await.unwrap().summary.state == JobState::Done).await;
    let job = queue.show("a").await.unwrap().summary;
    assert!((job.finished_at.unwrap() - job.pushed_at.unwrap()).num_milliseconds() >= 150);
    running.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_of_one_queue_run_at_the_same_time_up_to_the_limit() {
    let harness = Harness::start().await;
    for n in 0..6 {
        harness.push(&format!("job-{n}"), Act::Gate).await;
    }
    let running = harness.work();
    until("four run", async || harness.starts.lock().unwrap().len() == 4).await;
    until("four are counted", async || {
        let stats = harness.queue.stats().await.unwrap();
        (stats.running, stats.waiting) == (4, 2)
    })
    .await;
    assert_eq!(harness.starts.lock().unwrap().len(), 4);
    harness.open_gate();
    until("all done", async || harness.queue.stats().await.unwrap().done == 6).await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_worker_notices_a_new_job_without_waiting_for_its_heartbeat() {
    let harness = Harness::start().await;
    let running = harness.work_with(WorkersOptions { heartbeat: Duration::from_secs(60), ..quick() }, options());
    for n in 0..20 {
        let id = format!("job-{n}");
        harness.push(&id, Act::Succeed).await;
        let job = harness.reaches(&id, JobState::Done).await.summary;
        let waited = job.started_at.unwrap() - job.pushed_at.unwrap();
        assert!(waited.num_seconds() < 20, "{id} waited {waited}");
    }
    running.stop().await;
}
