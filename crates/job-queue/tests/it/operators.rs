//! What an operator sees and does.

use std::time::Duration;

use job_queue::{JobState, Purge, Push, Pushed, QueueError};

use crate::support::{Act, Harness, until};

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_job_is_sent_again_with_a_fresh_budget() {
    let harness = Harness::start().await;
    harness.push("dead", Act::FailTimes { times: 99 }).await;
    let running = harness.work();
    harness.reaches("dead", JobState::Dead).await;
    harness.queue.retry_dead("dead").await.unwrap();
    until("it ran three times more", async || harness.starts_of("dead") == [1, 2, 3, 1, 2, 3]).await;
    let job = harness.reaches("dead", JobState::Dead).await;
    assert_eq!((job.summary.attempts, job.starts), (3, 3));
    assert_eq!(harness.queue.stats().await.unwrap().dead, 1);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_dead_jobs_are_sent_again_at_once() {
    let harness = Harness::start().await;
    for n in 0..20 {
        harness.push(&format!("dead-{n}"), Act::Fatal).await;
    }
    harness.push("fine", Act::Succeed).await;
    let running = harness.work();
    until("20 dead", async || harness.queue.stats().await.unwrap().dead == 20).await;
    harness.reaches("fine", JobState::Done).await;
    running.stop().await;
    assert_eq!(harness.queue.retry_all_dead().await.unwrap().len(), 20);
    let stats = harness.queue.stats().await.unwrap();
    assert_eq!((stats.waiting, stats.dead, stats.done), (20, 0, 1));
    let again = harness.queue.retry_dead("fine").await;
    assert!(matches!(again, Err(QueueError::WrongState { state: JobState::Done, .. })));
    assert!(matches!(harness.queue.retry_dead("unknown").await, Err(QueueError::NotFound(_))));
    assert!(matches!(harness.queue.show("unknown").await, Err(QueueError::NotFound(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_dead_job_is_forgotten_and_its_id_is_free_again() {
    let harness = Harness::start().await;
    harness.push("dead", Act::FailTimes { times: 99 }).await;
    harness.push("dead-too", Act::Fatal).await;
    harness.push("fine", Act::Succeed).await;
    let running = harness.work();
    harness.reaches("dead", JobState::Dead).await;
    harness.reaches("dead-too", JobState::Dead).await;
    harness.reaches("fine", JobState::Done).await;
    running.stop().await;
    harness.queue.forget_dead("dead").await.unwrap();
    assert!(matches!(harness.queue.show("dead").await, Err(QueueError::NotFound(_))));
    assert!(matches!(harness.queue.forget_dead("dead").await, Err(QueueError::NotFound(_))));
    let fine = harness.queue.forget_dead("fine").await;
    assert!(matches!(fine, Err(QueueError::WrongState { state: JobState::Done, .. })));
    let dead = harness.queue.list(JobState::Dead, 0, 10).await.unwrap();
    assert_eq!(dead.jobs.iter().map(|job| job.id.as_str()).collect::<Vec<_>>(), ["dead-too"]);
    let again = harness.queue.push(Push::id("dead"), &Act::Succeed).await.unwrap();
    assert!(matches!(again, Pushed::New { .. }), "{again:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_state_can_be_listed_page_by_page() {
    let harness = Harness::start().await;
    harness.push("dead", Act::Fatal).await;
    harness.push("done", Act::Succeed).await;
    let running = harness.work();
    harness.reaches("dead", JobState::Dead).await;
    harness.reaches("done", JobState::Done).await;
    harness.push("running", Act::Gate).await;
    harness.reaches("running", JobState::Running).await;
    until("the others are acknowledged", async || harness.queue.stats().await.unwrap().running == 1).await;
    harness.queue.push(Push::id("delayed").delay(Duration::from_secs(60)), &Act::Succeed).await.unwrap();
    let ids = async |state, from, limit| {
        let page = harness.queue.list(state, from, limit).await.unwrap();
        (page.jobs.into_iter().map(|job| job.id).collect::<Vec<_>>(), page.next)
    };
    for (state, id) in [
        (JobState::Dead, "dead"),
        (JobState::Done, "done"),
        (JobState::Running, "running"),
        (JobState::Delayed, "delayed"),
        (JobState::Retrying, "delayed"),
    ] {
        assert_eq!(ids(state, 0, 10).await, (vec![id.to_owned()], None), "{state}");
    }
    harness.open_gate();
    running.stop().await;
    for n in 0..5 {
        harness.push(&format!("waiting-{n}"), Act::Succeed).await;
    }
    assert_eq!(ids(JobState::Waiting, 0, 2).await, (vec!["waiting-0".to_owned(), "waiting-1".to_owned()], Some(2)));
    assert_eq!(ids(JobState::Waiting, 4, 2).await, (vec!["waiting-4".to_owned()], None));
    until("the first waiting job ages", async || {
        harness.queue.stats().await.unwrap().oldest_waiting.is_some_and(|age| age > Duration::from_millis(20))
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_purge_forgets_finished_jobs_and_leaves_nothing_behind() {
    let harness = Harness::start().await;
    for n in 0..250 {
        harness.push(&format!("done-{n}"), Act::Succeed).await;
    }
    harness.push("flaky", Act::FailTimes { times: 1 }).await;
    harness.push("dead", Act::FailTimes { times: 99 }).await;
    let running = harness.work();
    until("251 done", async || harness.queue.stats().await.unwrap().done == 251).await;
    harness.reaches("dead", JobState::Dead).await;
    running.stop().await;
    harness.queue.push(Push::id("later").delay(Duration::from_secs(60)), &Act::Succeed).await.unwrap();

    let young = Purge { done: Some(Duration::from_secs(60)), dead: Some(Duration::from_secs(60)) };
    let purged = harness.queue.purge(young).await.unwrap();
    assert_eq!((purged.done, purged.dead), (0, 0), "nothing is old enough");
    let done = Purge { done: Some(Duration::ZERO), dead: None };
    assert_eq!(harness.queue.purge(done).await.unwrap().done, 251);
    assert!(matches!(harness.queue.show("flaky").await, Err(QueueError::NotFound(_))));
    assert_eq!(harness.queue.show("dead").await.unwrap().summary.state, JobState::Dead);
    assert!(matches!(harness.push("flaky", Act::Succeed).await, Pushed::New { .. }), "its id is free again");

    harness.redis::<()>(&["HSET", "faults:workers:metadata:gone@1.0", "service", "x"]).await;
    let all = Purge { done: Some(Duration::ZERO), dead: Some(Duration::ZERO) };
    let purged = harness.queue.purge(all).await.unwrap();
    assert_eq!((purged.dead, purged.workers), (1, 1));
    let mut left: Vec<String> = harness.redis(&["KEYS", "faults:*"]).await;
    left.retain(|key| key != "faults:runners"); // its members are swept after a day
    left.sort();
    let expected = [
        "faults:active",
        "faults:data",
        "faults:delayed",
        "faults:job:j:flaky",
        "faults:job:j:later",
        "faults:meta:j:flaky",
        "faults:meta:j:later",
    ];
    assert_eq!(left, expected);
}
