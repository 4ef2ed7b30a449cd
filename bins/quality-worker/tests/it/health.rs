//! What the worker says about itself, and what it never says.

use std::process::Stdio;

use job_queue::{JobState, payload::QualityJob};
use upstream_simulators::AlertFault;

use crate::{
    shop::{closing_at, september},
    wait,
    world::{World, webhook},
};

#[tokio::test(flavor = "multi_thread")]
async fn health_readiness_and_metrics_answer() {
    let mut world = World::set_up(20).await;
    world.start().await.unwrap();
    let days = september(2);
    world.shop.store_clean("tushare", &days);
    world.shop.store("tdx", days[0], |nth, bar| closing_at(if nth < 3 { 1.001 } else { 1.0 }, bar));
    world.publish_and_check(&days).await;
    world.run("freshness", &QualityJob::CheckFreshness {}).await;
    world.told(1).await;
    assert_eq!(world.get("/healthz").await.0, 200);
    wait::until("it is ready", async || world.get("/readyz").await.0 == 200).await;
    let (status, metrics) = world.get("/metrics").await;
    assert_eq!(status, 200);
    for name in [
        "quality_open_findings{check=\"cross_source\",severity=\"warning\"} ",
        "quality_findings_total{check=\"cross_source\",severity=\"warning\"} ",
        "quality_check_seconds_bucket{check=\"check_generation\"",
        "quality_last_check_timestamp{check=\"check_freshness\"} ",
        "quality_alerts_total{target=\"ops\",outcome=\"sent\"} ",
        "quality_alert_outbox{target=\"ops\"} ",
        "jobs_total{",
    ] {
        assert!(metrics.contains(name), "{name} in {metrics}");
    }

    world.redis.kill().unwrap();
    wait::until("it says that the queue is away", async || {
        let (status, body) = world.get("/readyz").await;
        let body: serde_json::Value = serde_json::from_str(&body).unwrap();
        status == 503 && body["checks"]["queue"]["ok"] == false && body["checks"]["state"]["ok"] == true
    })
    .await;
    assert_eq!(world.get("/healthz").await.0, 200);
    world.redis.start_again().await.unwrap();
    wait::until("it is ready again", async || world.get("/readyz").await.0 == 200).await;

    // In one step: the worker may be writing there.
    std::fs::rename(world.state(), world.folder.path().join("moved away")).unwrap();
    wait::until("it says that it cannot remember", async || {
        let (status, body) = world.get("/readyz").await;
        status == 503 && body.contains("\"state\":{\"ok\":false")
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_remembered_is_told_all_the_same_and_the_job_is_repeated() {
    let mut world = World::set_up(20).await;
    world.start().await.unwrap();
    let days = september(2);
    world.shop.store_clean("tushare", &days);
    world.shop.store("tdx", days[0], |_, bar| closing_at(1.001, bar));
    let generation = world.shop.publish();
    // In one step: the worker may be writing there.
    std::fs::rename(world.state(), world.folder.path().join("moved away")).unwrap();
    world.push("job", &crate::world::check(generation, &days)).await;
    wait::until("somebody was told", async || world.receiver.messages().len() == 1).await;
    wait::until("the job says why", async || {
        let job = world.queue.show("job").await.unwrap();
        job.summary.error.is_some_and(|error| error.contains("quality"))
    })
    .await;
    std::fs::create_dir_all(world.state()).unwrap();
    world.reaches("job", JobState::Done).await;
    world.told(1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_address_is_in_any_line_of_the_log() {
    let mut world = World::set_up(1).await;
    let (wecom, telegram) = (world.receiver.wecom_url(), world.receiver.telegram_url());
    world.alerts = format!(
        "[[quality-worker.alerts]]\nname = \"group\"\nkind = \"wecom\"\nurl = \"{wecom}\"\n\
         [[quality-worker.alerts]]\nname = \"bot\"\nkind = \"telegram\"\nchat_id = \"-100\"\nurl = \"{telegram}\"\n{}",
        webhook("gone", "http://127.0.0.1:1/a-secret-path?token=a-secret-token")
    );
    world.receiver.next(1, AlertFault::Hangup);
    world.receiver.next(1, AlertFault::Refused);
    world.shop.store_unreadable("close is no number");
    world.shop.publish();
    let mut command = world.program();
    let log = world.folder.path().join("log");
    command.stdout(Stdio::null()).stderr(std::fs::File::create(&log).unwrap());
    let mut program = command.spawn().unwrap();
    let said = || std::fs::read_to_string(&log).unwrap();
    wait::until("all three were tried", async || {
        ["group", "bot", "gone"].iter().all(|name| said().contains(&format!("\"alert.target\":\"{name}\"")))
    })
    .await;
    program.kill().unwrap();
    program.wait().unwrap();
    let said = said();
    for secret in ["693a91f6", "SIMULATED", "a-secret-path", "a-secret-token"] {
        let lines: Vec<_> = said.lines().filter(|line| line.contains(secret)).collect();
        assert!(lines.is_empty(), "{lines:#?}");
    }
    let state = std::fs::read_to_string(world.state().join("alerts.json")).unwrap();
    assert!(!state.contains("693a91f6") && !state.contains("SIMULATED"));
}
