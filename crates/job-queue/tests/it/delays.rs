//! Jobs that wait for their time, and very many of them.

use std::time::Duration;

use job_queue::{JobState, Push};

use crate::support::{Act, Harness, until};

#[tokio::test(flavor = "multi_thread")]
async fn a_delayed_job_runs_after_its_time_and_not_before() {
    let harness = Harness::start().await;
    let running = harness.work();
    harness.queue.push(Push::id("later").delay(Duration::from_millis(300)), &Act::Succeed).await.unwrap();
    harness.queue.push(Push::id("much-later").delay(Duration::from_secs(3600)), &Act::Succeed).await.unwrap();
    let job = harness.reaches("later", JobState::Done).await.summary;
    assert!((job.started_at.unwrap() - job.pushed_at.unwrap()).num_milliseconds() >= 300);
    assert_eq!(harness.queue.show("much-later").await.unwrap().summary.state, JobState::Delayed);
    assert_eq!(harness.queue.stats().await.unwrap().delayed, 1);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_due_jobs_of_ours_and_of_a_stock_producer_do_not_poison_the_queue() {
    let harness = Harness::start().await;
    // As apalis' own push stores them: all in `scheduled`, all due.
    let mut connection = harness.connection().await;
    let fill = redis::Script::new(
        r"
        for n = 1, 10000 do
          local ours, stock = 'j:ours-' .. n, 'stock-' .. n
          redis.call('HSET', KEYS[1] .. ':data', ours, ARGV[1], stock, ARGV[1])
          redis.call('HSET', KEYS[1] .. ':meta:' .. stock, 'attempts', 0, 'max_attempts', 25, 'status', 'Pending')
          redis.call('ZADD', KEYS[1] .. ':delayed', n, ours)
          redis.call('ZADD', KEYS[1] .. ':scheduled', n, stock)
        end",
    );
    let payload = serde_json::to_string(&Act::FailTimes { times: 0 }).unwrap();
    fill.key("faults").arg(payload).invoke_async::<()>(&mut connection).await.unwrap();
    let running = harness.work();
    until("all are ready", async || harness.queue.stats().await.unwrap().delayed == 0).await;
    until("they are worked off", async || harness.queue.stats().await.unwrap().done >= 50).await;
    // And once more while the worker runs, faster than it can promote them by itself.
    let more = "for n = 1, 10000 do redis.call('ZADD', KEYS[1]..':scheduled', n, 'stock-'..n) end";
    harness.redis::<()>(&["DEL", "faults:active"]).await;
    redis::Script::new(more).key("faults").invoke_async::<()>(&mut connection).await.unwrap();
    until("all are ready again", async || harness.queue.stats().await.unwrap().delayed == 0).await;
    harness.redis::<()>(&["DEL", "faults:active"]).await;
    harness.push("after", Act::Succeed).await;
    harness.reaches("after", JobState::Done).await;
    running.stop().await;
}
