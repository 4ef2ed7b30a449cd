//! `/quality/status`.

use chrono::TimeDelta;
use serde_json::Value;
use warehouse::{Freshness, RunningJob, StatusFile, write_status};

use crate::{
    app::{Market, TestApp},
    market::{LAST, day, published_at},
};

fn status_file() -> StatusFile {
    StatusFile {
        updated_at: published_at(),
        generation: Some(1),
        last_trade_date: Some(day(LAST)),
        commit_seq: 2,
        unpublished: false,
        freshness: vec![Freshness {
            source: "tushare".to_owned(),
            dataset: "daily".to_owned(),
            last_success_at: Some(published_at()),
            last_trade_date: Some(day(LAST)),
            last_error: None,
            last_error_at: None,
        }],
        running_jobs: vec![RunningJob {
            job_id: "fetch_daily_market@2026-04-29#1".to_owned(),
            kind: "fetch_daily_market".to_owned(),
            started_at: published_at(),
        }],
        recent_runs: Vec::new(),
        backfill: None,
        withheld: Vec::new(),
        last_checks: [("ohlc".to_owned(), published_at())].into(),
        open_findings: [("warning".to_owned(), 3)].into(),
    }
}

#[tokio::test]
async fn ages_are_reckoned_at_the_moment_of_asking() {
    let market = Market::new();
    write_status(&market.published(), &status_file()).unwrap();
    let app = TestApp::over(&market.published()).start().await;
    let body: Value = app.json("/quality/status").await;
    assert_eq!(body["now"], "2026-04-29T19:30:00+08:00");
    assert_eq!((&body["stale"], &body["age_seconds"]), (&false.into(), &1800.into()));
    assert_eq!(body["generation"]["number"], 1);
    assert_eq!(body["generation"]["age_seconds"], 1800);
    assert_eq!(body["generation"]["last_trade_date"], LAST);
    let daily = &body["freshness"][0];
    assert_eq!((&daily["stale"], &daily["late"]), (&false.into(), &false.into()), "29 April is due at 20:00");
    assert_eq!((&daily["expected_trade_date"], &daily["age_seconds"]), (&"2026-04-28".into(), &1800.into()));
    assert_eq!(body["running_jobs"][0]["started_at"], "2026-04-29T19:00:00+08:00");
    assert_eq!(
        (&body["open_findings"]["warning"], &body["last_checks"]["ohlc"]),
        (&3.into(), &"2026-04-29T19:00:00+08:00".into())
    );

    app.clock.advance(TimeDelta::hours(1));
    let body: Value = app.json("/quality/status").await;
    let daily = &body["freshness"][0];
    assert_eq!((&daily["stale"], &daily["late"]), (&false.into(), &true.into()), "now it is overdue");

    app.clock.advance(TimeDelta::hours(23));
    let body: Value = app.json("/quality/status").await;
    assert_eq!((&body["stale"], &body["freshness"][0]["stale"]), (&true.into(), &true.into()));
}

#[tokio::test]
async fn the_status_follows_the_file() {
    let market = Market::new();
    let app = TestApp::over(&market.published()).start().await;
    let body: Value = app.json("/quality/status").await;
    assert_eq!((&body["updated_at"], &body["freshness"]), (&Value::Null, &Value::Array(Vec::new())));
    write_status(&market.published(), &status_file()).unwrap();
    let response = app.get("/quality/status").await;
    assert_eq!(response.headers()["cache-control"], "no-store");
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["updated_at"], "2026-04-29T19:00:00+08:00");
}

#[tokio::test]
async fn before_the_first_generation_the_status_is_there() {
    let empty = tempfile::tempdir().unwrap();
    let app = TestApp::over(&empty.path().join("published")).start().await;
    let body: Value = app.json("/quality/status").await;
    assert_eq!((&body["generation"], &body["stale"]), (&Value::Null, &false.into()));
}
