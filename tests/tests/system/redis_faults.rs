//! Redis restarts, dies and forgets in the middle of a job.

use std::time::Duration;

use job_queue::{JobState, private_redis::RedisServer};
use system_tests::{Daemon, Http, Settings, Stage, eventually, market};
use upstream_simulators::Fault;

/// Long enough to do something to Redis while the vendor thinks.
const THINKING_MS: u64 = 1_500;

/// A stage on which a job runs: its vendor has been asked and has not answered yet.
async fn in_the_middle_of_a_job() -> (Stage, Daemon, String) {
    let stage = Stage::new(&market(20, 4)).await;
    let worker = stage.worker().await;
    stage.done(&stage.ask_for(&stage.days(3)[..2]).await).await;
    stage.vendors.tushare.faults().next(1, "daily", Fault::Slow(THINKING_MS));
    stage.vendors.tushare.calls().clear();
    let jobs = stage.ask_for(&stage.days(1)).await;
    eventually("the vendor is asked", async || (stage.vendors.tushare.calls().total() > 0).then_some(())).await;
    (stage, worker, jobs[0].clone())
}

/// The job comes to its end although Redis was away, and so does the one after it.
async fn recovers(stage: Stage, worker: Daemon, job: String) {
    stage.done(&[job]).await;
    let after = stage.ask_for(&stage.days(4)[..1]).await;
    stage.done(&after).await;
    // The reconciler may ask once more for a day that arrived while it looked.
    eventually("nothing waits or runs any more", async || {
        let stats = stage.queue.stats().await.ok()?;
        assert_eq!(stats.dead, 0, "{stats:?}");
        (stats.waiting + stats.delayed + stats.running == 0).then_some(())
    })
    .await;
    worker.stop().await;
    let calm = Stage::new(&stage.market).await;
    let worker = calm.worker().await;
    calm.done(&calm.ask_for(&calm.days(4)).await).await;
    worker.stop().await;
    assert_eq!(stage.published_hash().await, calm.published_hash().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_is_restarted_during_a_job_costs_time_only() {
    let (mut stage, worker, job) = in_the_middle_of_a_job().await;
    stage.redis.stop().unwrap();
    let http = Http::new(&worker.url);
    eventually("the worker is not ready without Redis", async || {
        let (status, body) = http.get("/readyz").await;
        (status == 503 && body["checks"]["queue"]["ok"] == false).then_some(())
    })
    .await;
    assert_eq!(http.get("/healthz").await.0, 200);
    stage.redis.start_again().await.unwrap();
    eventually("the worker is ready again", async || (http.get("/readyz").await.0 == 200).then_some(())).await;
    recovers(stage, worker, job).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_is_killed_during_a_job_costs_time_only() {
    let (mut stage, worker, job) = in_the_middle_of_a_job().await;
    written_down(&stage.redis).await; // or it may forget the very request for the job
    stage.redis.kill().unwrap();
    stage.redis.start_again().await.unwrap();
    recovers(stage, worker, job).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_flushed_redis_forgot_is_found_missing_and_done() {
    let market = market(20, 12);
    let days = market.trading_days()[market.trading_days().len() - 12..].to_vec();
    let settings = Settings { keep_from: days.first().copied(), ..Settings::default() };
    let stage = Stage::with(&market, settings).await;
    // Nobody asks for anything: the worker knows what must be there.
    let worker = stage.worker().await;
    eventually("some days are there", async || (done(&stage).await >= 3).then_some(())).await;
    // The next answers take their time, so that Redis forgets jobs that wait and jobs that run.
    stage.vendors.tushare.faults().next(4, "daily", Fault::Slow(THINKING_MS));
    flush(&stage.redis).await;

    eventually("the last generation holds every day", async || {
        let present = stage.published_days();
        days.iter().all(|day| present.contains(day)).then_some(())
    })
    .await;
    eventually("nothing is left to do", async || {
        let stats = stage.queue.stats().await.ok()?;
        assert_eq!(stats.dead, 0);
        (stats.waiting + stats.delayed + stats.running == 0).then_some(())
    })
    .await;
    worker.stop().await;

    let calm = Stage::new(&market).await;
    let worker = calm.worker().await;
    calm.done(&calm.ask_for(&days).await).await;
    worker.stop().await;
    assert_eq!(stage.published_hash().await, calm.published_hash().await);
}

async fn done(stage: &Stage) -> usize {
    stage.queue.list(JobState::Done, 0, 100).await.unwrap().jobs.len()
}

/// Makes Redis forget everything, in one step with a look at what is left.
pub(crate) async fn flush(redis: &RedisServer) {
    let mut connection = connection(redis).await;
    let mut forget = redis::pipe();
    forget.atomic().cmd("FLUSHALL").ignore().cmd("DBSIZE");
    assert_eq!(forget.query_async::<(u64,)>(&mut connection).await.unwrap(), (0,), "Redis has forgotten");
}

/// Waits until Redis has written down what it has answered; on a slow disk it does so up to two seconds later.
async fn written_down(redis: &RedisServer) {
    let mut connection = connection(redis).await;
    eventually("redis has written everything down", async || {
        let info: String = redis::cmd("INFO").arg("persistence").query_async(&mut connection).await.unwrap();
        info.contains("aof_buffer_length:0\r\n").then_some(())
    })
    .await;
}

/// One that waits for a machine under load, half a second by default.
async fn connection(redis: &RedisServer) -> redis::aio::MultiplexedConnection {
    let patience = Some(Duration::from_secs(30));
    let config = redis::AsyncConnectionConfig::new().set_connection_timeout(patience).set_response_timeout(patience);
    let client = redis::Client::open(redis.url()).unwrap();
    client.get_multiplexed_async_connection_with_config(&config).await.unwrap()
}
