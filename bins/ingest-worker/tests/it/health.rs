//! What the worker says about itself.

use crate::{
    wait,
    world::{World, fetch_day, ten_days},
};

#[tokio::test(flavor = "multi_thread")]
async fn status_json_names_freshness_and_the_last_runs_after_every_job() {
    let market = ten_days();
    let mut world = World::start(market.clone()).await;
    let days = market.trading_days();
    for day in &days[..2] {
        world.run(&format!("day@{day}"), &fetch_day(*day)).await;
        let status =
            world.status("the day", |status| status.last_trade_date == Some(*day) && status.running_jobs.is_empty());
        let status = status.await;
        let daily = status.freshness.iter().find(|f| f.dataset == "daily").unwrap();
        assert_eq!((daily.source.as_str(), daily.last_trade_date), ("tushare", Some(*day)));
        assert_eq!((daily.last_success_at, &daily.last_error), (Some(world.clock.now()), &None));
        let run = status.recent_runs.iter().find(|run| run.job_id == format!("day@{day}")).unwrap();
        let own_run = status.recent_runs.iter().any(|run| run.kind == "fetch_daily_market" && run.outcome == "ok");
        assert!(run.rows > 0 && own_run, "{status:?}");
        assert_eq!(status.generation, Some(world.generation().number()));
        assert!(!status.unpublished);
    }
    world.stop_worker().await;
    let status = world.status("the end", |_| true).await;
    assert!(status.running_jobs.is_empty() && status.last_trade_date == Some(days[1]));
}

#[tokio::test(flavor = "multi_thread")]
async fn health_readiness_and_metrics_answer() {
    let mut world = World::start(ten_days()).await;
    world.run("day", &fetch_day(world.market.range().1)).await;
    assert_eq!(world.get("/healthz").await.0, 200);
    wait::until("the worker is ready", async || world.get("/readyz").await.0 == 200).await;
    let (status, metrics) = world.get("/metrics").await;
    assert_eq!(status, 200);
    for name in ["warehouse_generation", "jobs_total{", "job_duration_seconds_bucket"] {
        assert!(metrics.contains(name), "{name} in {metrics}");
    }

    world.redis.kill().unwrap();
    wait::until("it says that the queue is away", async || {
        let (status, body) = world.get("/readyz").await;
        let body: serde_json::Value = serde_json::from_str(&body).unwrap();
        status == 503 && body["checks"]["queue"]["ok"] == false
    })
    .await;
    assert_eq!(world.get("/healthz").await.0, 200);
    world.redis.start_again().await.unwrap();
    wait::until("it is ready again", async || world.get("/readyz").await.0 == 200).await;
}
