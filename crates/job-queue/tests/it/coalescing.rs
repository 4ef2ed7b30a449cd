//! Two requests for the same work.

use std::time::Duration;

use job_queue::{JobState, Push, Pushed};

use crate::support::{Act, Harness, options, quick, until};

#[tokio::test(flavor = "multi_thread")]
async fn a_twin_that_waits_runs_or_retries_takes_the_request_over() {
    let harness = Harness::start().await;
    let push = async |id, act: Act| harness.queue.push(Push::id(id).coalesce("day"), &act).await.unwrap();
    let taken_over = |state| Pushed::Coalesced { with: "first".to_owned(), state };
    assert!(matches!(push("first", Act::Gate).await, Pushed::New { .. }));
    assert_eq!(push("second", Act::Gate).await, taken_over(JobState::Waiting));
    let running = harness.work();
    harness.reaches("first", JobState::Running).await;
    assert_eq!(push("second", Act::Gate).await, taken_over(JobState::Running));
    harness.open_gate();
    harness.reaches("first", JobState::Done).await;
    assert_eq!(push("second", Act::Fatal).await, Pushed::New { id: "second".to_owned() });
    harness.reaches("second", JobState::Dead).await;
    assert_eq!(
        push("third", Act::Succeed).await,
        Pushed::New { id: "third".to_owned() },
        "a dead twin holds nobody up"
    );
    running.stop().await;
    assert!(harness.queue.show("first").await.unwrap().summary.coalesce_key.is_some_and(|key| key == "day"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_twin_between_two_attempts_still_counts_and_other_keys_do_not() {
    let harness = Harness::start().await;
    let push = async |id, key, act: Act| harness.queue.push(Push::id(id).coalesce(key), &act).await.unwrap();
    push("first", "day", Act::FailTimes { times: 1 }).await;
    let mut slow = options();
    slow.backoff.base = Duration::from_secs(60);
    slow.backoff.max = slow.backoff.base;
    let running = harness.work_with(quick(), slow);
    harness.reaches("first", JobState::Retrying).await;
    let answer = push("second", "day", Act::Succeed).await;
    assert_eq!(answer, Pushed::Coalesced { with: "first".to_owned(), state: JobState::Retrying });
    assert!(matches!(push("other", "night", Act::Succeed).await, Pushed::New { .. }));
    assert!(matches!(harness.push("none", Act::Succeed).await, Pushed::New { .. }));
    // Its first attempt, delivered again while the second one waits for its time.
    harness.redis::<()>(&["RPUSH", "faults:active", "j:first"]).await;
    harness.push("after", Act::Succeed).await;
    harness.reaches("after", JobState::Done).await;
    until("all are acknowledged", async || harness.queue.stats().await.unwrap().running == 0).await;
    assert_eq!(harness.starts_of("first"), [1]);
    running.stop().await;
}
