//! `record_gateway_usage`: an hour of the gateway's, delivered late, twice and out of order.

use chrono::{DateTime, Utc};
use job_queue::{
    JobState,
    payload::{GatewayUsageRecord, RecordGatewayUsage, WarehouseWriteJob},
};
use serde_json::json;

use crate::world::{World, fetch_day, ten_days};

fn hour() -> DateTime<Utc> {
    "2026-11-23T02:00:00Z".parse().unwrap()
}

fn report(number: u64, requests: u64) -> RecordGatewayUsage {
    let row = GatewayUsageRecord {
        profile: "alice".to_owned(),
        channel: "sf-1".to_owned(),
        model: "qwen-plus".to_owned(),
        requests,
        failed: 0,
        input_tokens: 900,
        cached_tokens: 100,
        output_tokens: 400,
        thinking_tokens: 0,
        cny_nano: 1_200_000_001,
        estimated_cny_nano: 0,
    };
    RecordGatewayUsage { hour: hour(), report: number, rows: vec![row] }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_an_hour_the_latest_report_is_published_with_other_bookkeeping() {
    let mut world = World::start(ten_days()).await;
    world.run("day", &fetch_day(world.market.range().1)).await;
    let before = world.generation().number();
    let write = async |id: &str, report: RecordGatewayUsage| {
        let job = WarehouseWriteJob::RecordGatewayUsage(report);
        world.write(id, &job, JobState::Done).await.result.unwrap()
    };
    assert_eq!(write("second", report(2, 7)).await, json!({ "stored": 1 }));
    assert_eq!(write("again", report(2, 7)).await, json!({ "stored": 0, "known": 2 }));
    assert_eq!(write("first", report(1, 5)).await, json!({ "stored": 0, "known": 2 }), "late");
    assert_eq!(world.generation().number(), before, "usage waits for others");
    world.stop_worker().await;
    let usage = world.generation().gateway_usage(hour(), hour() + chrono::TimeDelta::hours(1)).unwrap();
    assert_eq!((usage.len(), usage[0].version, usage[0].rows[0].requests), (1, 2, 7));
    assert_eq!(usage[0].rows[0].cny_nano, 1_200_000_001);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_that_contradicts_itself_is_a_dead_letter_that_names_the_field() {
    let world = World::start(ten_days()).await;
    let mut wrong = report(1, 1);
    wrong.rows[0].failed = 2;
    let dead = world.write("wrong", &WarehouseWriteJob::RecordGatewayUsage(wrong), JobState::Dead).await;
    let error = dead.summary.error.unwrap();
    assert!(error.contains("rows[0].failed"), "{error}");
    assert_eq!(dead.starts, 1, "never tried again");
}
