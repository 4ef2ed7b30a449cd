//! One id, one job, whatever the id looks like.

use job_queue::{Broker, BrokerOptions, JobState, Push, Pushed, Queue, QueueError};
use std::time::Duration;

use crate::support::{Act, Harness, until};

#[tokio::test(flavor = "multi_thread")]
async fn ids_shaped_like_numbers_uuids_and_ulids_are_ordinary_ids() {
    let harness = Harness::start().await;
    let ids = [
        "7",
        "00123",
        "+5",
        "d41d8cd98f00b204e9800998ecf8427e",
        "D41D8CD9-8F00-B204-E980-0998ECF8427E",
        "01arz3ndektsv4rrffq69g5fav",
        "01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "daily@2026-11-20T18:30:00+08:00",
        "daily@2026-11-20#5f3a",
    ];
    for id in ids {
        harness.push(id, Act::FailTimes { times: 1 }).await;
    }
    let running = harness.work();
    for id in ids {
        harness.reaches(id, JobState::Done).await;
        assert_eq!(harness.starts_of(id), [1, 2]);
    }
    assert_eq!(running.health.restarts(), 0);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mangled_id_of_a_foreign_producer_is_repaired_and_done() {
    let harness = Harness::start().await;
    let running = harness.work();
    for id in ["00123", "01arz3ndektsv4rrffq69g5fav", "plain-id"] {
        harness.redis::<()>(&["HSET", "faults:data", id, r#"{"act":"fail_times","times":1}"#]).await;
        let meta = format!("faults:meta:{id}");
        harness.redis::<()>(&["HSET", &meta, "attempts", "0", "max_attempts", "25", "status", "Pending"]).await;
        harness.redis::<()>(&["RPUSH", "faults:active", id]).await;
    }
    for id in ["00123", "01arz3ndektsv4rrffq69g5fav", "plain-id"] {
        harness.reaches(id, JobState::Done).await;
    }
    // Without payload, without meta: neither stops the others.
    harness.redis::<()>(&["RPUSH", "faults:active", "no-payload"]).await;
    harness.redis::<()>(&["HSET", "faults:data", "no-meta", r#"{"act":"succeed"}"#]).await;
    harness.redis::<()>(&["RPUSH", "faults:active", "no-meta"]).await;
    harness.push("ours", Act::Succeed).await;
    harness.reaches("ours", JobState::Done).await;
    harness.reaches("no-meta", JobState::Done).await;
    until("nothing is left", async || {
        let stats = harness.queue.stats().await.unwrap();
        (stats.waiting, stats.delayed, stats.running) == (0, 0, 0)
    })
    .await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_task_that_is_delivered_again_to_the_same_worker_runs_once() {
    let harness = Harness::start().await;
    harness.push("long", Act::Gate).await;
    let running = harness.work();
    harness.reaches("long", JobState::Running).await;
    harness.redis::<()>(&["RPUSH", "faults:active", "j:long", "j:long"]).await;
    until("all are taken", async || harness.queue.stats().await.unwrap().waiting == 0).await;
    harness.push("other", Act::Succeed).await;
    harness.reaches("other", JobState::Done).await;
    harness.open_gate();
    harness.reaches("long", JobState::Done).await;
    harness.push("after", Act::Succeed).await;
    harness.reaches("after", JobState::Done).await;
    assert_eq!(harness.starts_of("long"), [1]);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attempt_that_is_over_does_not_run_when_it_is_delivered_again() {
    let harness = Harness::start().await;
    harness.push("done", Act::FailTimes { times: 1 }).await;
    harness.push("dead", Act::Fatal).await;
    let running = harness.work();
    harness.reaches("done", JobState::Done).await;
    harness.reaches("dead", JobState::Dead).await;
    harness.redis::<()>(&["RPUSH", "faults:active", "j:done", "j:done~1", "j:dead"]).await;
    harness.push("after", Act::Succeed).await;
    harness.reaches("after", JobState::Done).await;
    until("all are acknowledged", async || harness.queue.stats().await.unwrap().running == 0).await;
    assert_eq!((harness.starts_of("done").len(), harness.starts_of("dead").len()), (2, 1));
    assert_eq!(harness.queue.show("dead").await.unwrap().summary.state, JobState::Dead);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_id_is_accepted_once_until_it_is_purged() {
    let harness = Harness::start().await;
    assert_eq!(harness.push("a", Act::Gate).await, Pushed::New { id: "a".to_owned() });
    let duplicate = |state| Pushed::Duplicate { id: "a".to_owned(), state };
    assert_eq!(harness.push("a", Act::Gate).await, duplicate(JobState::Waiting));
    let running = harness.work();
    harness.reaches("a", JobState::Running).await;
    assert_eq!(harness.push("a", Act::Gate).await, duplicate(JobState::Running));
    harness.open_gate();
    harness.reaches("a", JobState::Done).await;
    assert_eq!(harness.push("a", Act::Gate).await, duplicate(JobState::Done));
    assert_eq!(harness.starts_of("a"), [1]);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_producers_of_one_id_make_one_job() {
    let harness = Harness::start().await;
    let pushes = (0..100).map(|_| {
        let queue = harness.queue.clone();
        tokio::spawn(async move { queue.push(Push::id("same"), &Act::Succeed).await.unwrap() })
    });
    let answers = futures::future::join_all(pushes).await;
    let new = answers.iter().filter(|answer| matches!(answer, Ok(Pushed::New { .. }))).count();
    assert_eq!(new, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_names_are_refused_before_redis_is_asked() {
    let nowhere = Broker::connect("redis://:hunter2@127.0.0.1:1/").unwrap();
    assert!(matches!(
        Queue::<Act>::new(&nowhere, "no blanks"),
        Err(QueueError::InvalidName { what: "queue name", .. })
    ));
    let queue: Queue<Act> = Queue::new(&nowhere, "q").unwrap();
    for id in ["", "a b", "a~1"] {
        let answer = queue.push(Push::id(id), &Act::Succeed).await;
        assert!(matches!(answer, Err(QueueError::InvalidName { what: "job id", .. })), "{id:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_absent_redis_is_reported_in_time_and_without_the_password() {
    let patience = BrokerOptions { patience: Duration::from_millis(300), ..BrokerOptions::default() };
    let broker = Broker::with_options("redis://operator:hunter2@127.0.0.1:1/", patience).unwrap();
    let queue: Queue<Act> = Queue::new(&broker, "q").unwrap();
    let error = queue.push(Push::id("a"), &Act::Succeed).await.unwrap_err();
    assert!(error.is_unreachable() && error.to_string().contains("127.0.0.1:1"), "{error}");
    let wrong = Broker::connect("http://operator:hunter2@redis/").unwrap_err();
    let shown = format!("{error} {error:?} {broker:?} {queue:?} {wrong} {wrong:?}");
    assert!(!shown.contains("hunter2"), "{shown}");
}
