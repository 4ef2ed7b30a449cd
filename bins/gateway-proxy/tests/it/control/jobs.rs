//! The queue `gateway`: probes, prices and balances on demand; and that nothing depends on it.

use std::time::Duration;

use job_queue::{
    Broker, JobState, Push, Queue,
    payload::{GatewayJob, queue_name::GATEWAY},
    private_redis::RedisServer,
};
use serde_json::{Value, json};
use upstream_simulators::{LlmDialect, LlmOptions};

use super::kit::{Operated, eventually};

const JOBS: &str = "[gateway-proxy.jobs]\nreconcile_balances = \"off\"\nheartbeat_ms = 100\nmissed_heartbeats = 20\n\
                    retry_pause_ms = 10\nmax_attempts = 2\n";

async fn gateway(redis: &RedisServer) -> Operated {
    let settings = format!("{JOBS}[queue]\nredis_url = \"{}\"\n", redis.url());
    Operated::with(LlmOptions::with_keys(LlmDialect::SiliconFlow, 1), &settings).await
}

/// Pushes a job and waits for its end.
async fn done(redis: &RedisServer, id: &str, job: GatewayJob) -> (JobState, Value, String) {
    let queue: Queue<GatewayJob> = Queue::new(&Broker::connect(&redis.url()).unwrap(), GATEWAY).unwrap();
    queue.push(Push::id(id), &job).await.unwrap();
    eventually("the job ends", async || {
        let job = queue.show(id).await.ok()?;
        let ended = matches!(job.summary.state, JobState::Done | JobState::Dead);
        ended.then(|| (job.summary.state, job.result.unwrap_or_default(), job.summary.error.unwrap_or_default()))
    })
    .await
}

#[tokio::test]
async fn an_operators_jobs_are_done_and_say_what_came_of_them() {
    let redis = RedisServer::start().await.unwrap();
    let gateway = gateway(&redis).await;
    let probe = |channel: &str| GatewayJob::ProbeChannel { channel: channel.to_owned() };
    let (state, told, _) = done(&redis, "probe-1", probe("key-1")).await;
    assert_eq!((state, &told["outcome"]), (JobState::Done, &json!("ok")));
    let (state, _, error) = done(&redis, "probe-2", probe("key-9")).await;
    assert_eq!(state, JobState::Dead);
    assert!(error.contains("key-9"), "{error}");

    let row = "[[prices]]\nmodel = \"qwen-*\"\nfrom = \"2026-01-01\"\ninput = 1\noutput = 2\n";
    std::fs::write(gateway.folder.path().join("prices.toml"), row).unwrap();
    let (state, told, _) = done(&redis, "prices-1", GatewayJob::ReloadPrices {}).await;
    assert_eq!((state, &told["rows"]), (JobState::Done, &json!(1)));
    std::fs::write(gateway.folder.path().join("prices.toml"), "broken").unwrap();
    let (state, _, error) = done(&redis, "prices-2", GatewayJob::ReloadPrices {}).await;
    assert_eq!(state, JobState::Dead);
    assert!(error.contains("line 1"), "{error}");
    assert_eq!(gateway.get("/admin/prices").await["prices"].as_array().unwrap().len(), 1);

    let (state, told, _) = done(&redis, "balances-1", GatewayJob::ReconcileBalances {}).await;
    assert_eq!((state, &told["accounts"][0]["account"]), (JobState::Done, &json!("key-1")));
}

#[tokio::test]
async fn without_redis_requests_are_answered_and_jobs_wait_for_its_return() {
    let mut redis = RedisServer::start().await.unwrap();
    redis.stop().unwrap();
    let mut gateway = gateway(&redis).await;
    assert_eq!(gateway.chat().await, (200, "key-1".to_owned()));
    gateway.change("key-1", json!({"priority": 3})).await;
    let ready = gateway.client.get(format!("{}/readyz", gateway.base)).send().await.unwrap();
    assert_eq!(ready.status().as_u16(), 200, "Redis is not needed to be useful");
    redis.start_again().await.unwrap();
    let (state, ..) = done(&redis, "later", GatewayJob::ReloadPrices {}).await;
    assert_eq!(state, JobState::Done);
    redis.stop().unwrap();
    assert_eq!(gateway.chat().await, (200, "key-1".to_owned()));
    let stopped = tokio::time::timeout(Duration::from_secs(8), gateway.stop()).await;
    assert!(stopped.is_ok(), "a shutdown does not wait for Redis");
}
