//! `/quality/status`.

use chrono::TimeDelta;
use serde_json::{Value, json};
use warehouse::{BackfillPhase, BackfillProgress, Freshness, RunningJob, StatusFile, write_status};

use crate::{
    app::{Market, TestApp, eventually},
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
        last_checks: [("check_generation".to_owned(), published_at())].into(),
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
    let daily = &body["sources"][0];
    assert_eq!((&daily["stale"], &daily["late"]), (&false.into(), &false.into()), "29 April is due at 20:00");
    assert_eq!((&daily["expected_trade_date"], &daily["age_seconds"]), (&"2026-04-28".into(), &1800.into()));
    assert_eq!(body["running_jobs"][0]["started_at"], "2026-04-29T19:00:00+08:00");
    assert_eq!(
        (&body["open_findings"]["warning"], &body["last_checks"]["check_generation"]),
        (&3.into(), &json!({"checked_at": "2026-04-29T19:00:00+08:00", "age_seconds": 1800}))
    );
    let findings = json!({"by_severity": {"error": 1}, "by_check": {"incomplete_day": 1}, "quarantined": 0});
    assert_eq!((&body["findings"], &body["overdue"]), (&findings, &false.into()));
    assert_eq!(body["replica"]["state"], "current");

    app.clock.advance(TimeDelta::hours(1));
    let body: Value = app.json("/quality/status").await;
    let daily = &body["sources"][0];
    assert_eq!((&daily["stale"], &daily["late"]), (&false.into(), &true.into()), "now it is overdue");
    assert_eq!((&daily["overdue"], &body["overdue"]), (&true.into(), &true.into()));
    assert_eq!(daily["due_at"], "2026-04-29T20:00:00+08:00");

    app.clock.advance(TimeDelta::hours(23));
    let body: Value = app.json("/quality/status").await;
    assert_eq!((&body["stale"], &body["sources"][0]["stale"]), (&true.into(), &true.into()));
}

#[tokio::test]
async fn a_backfill_says_how_far_it_is() {
    let market = Market::new();
    let progress = BackfillProgress {
        id: "backfill_history#r1".to_owned(),
        source: "tdx".to_owned(),
        phase: BackfillPhase::Fetching,
        codes_done: 1_250,
        codes_total: 5_000,
        codes_failed: 2,
        rows: 3_100_000,
        started_at: Some(published_at()),
        updated_at: Some(published_at() + TimeDelta::minutes(29)),
        eta_s: Some(5_400),
        requests_done: 6_240,
        requests_total_estimate: 25_000,
        message: "half of the servers are slow".to_owned(),
    };
    write_status(&market.published(), &StatusFile { backfill: Some(progress), ..status_file() }).unwrap();
    let app = TestApp::over(&market.published()).start().await;
    let body: Value = app.json("/quality/status").await;
    insta::assert_json_snapshot!(body["backfill"], @r#"
    {
      "age_seconds": 60,
      "codes_done": 1250,
      "codes_failed": 2,
      "codes_total": 5000,
      "eta_s": 5400,
      "id": "backfill_history#r1",
      "message": "half of the servers are slow",
      "percent": 25.0,
      "phase": "fetching",
      "requests_done": 6240,
      "requests_total_estimate": 25000,
      "rows": 3100000,
      "source": "tdx",
      "started_at": "2026-04-29T19:00:00+08:00",
      "updated_at": "2026-04-29T19:29:00+08:00"
    }
    "#);
}

#[tokio::test]
async fn every_source_and_data_set_is_judged_by_its_own_days() {
    let market = Market::new();
    let facts = |source: &str, dataset: &str, last: &str| Freshness {
        source: source.to_owned(),
        dataset: dataset.to_owned(),
        last_success_at: Some(published_at() - TimeDelta::hours(30)),
        last_trade_date: Some(day(last)),
        last_error: None,
        last_error_at: None,
    };
    let freshness = vec![
        facts("tushare", "daily", "2026-04-27"),
        facts("tdx", "bars", LAST),
        facts("yahoo", "daily", "2026-04-27"),
        facts("aktools", "macro", "2026-03-31"),
        facts("tushare", "fundamentals", "2025-12-31"),
    ];
    write_status(&market.published(), &StatusFile { freshness, ..status_file() }).unwrap();
    let app = TestApp::over(&market.published()).start().await;
    let body: Value = app.json("/quality/status").await;
    let judged: Vec<_> = body["sources"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| format!("{} {} {} {}", row["source"], row["dataset"], row["stale"], row["late"]).replace('"', ""))
        .collect();
    assert_eq!(
        judged,
        [
            "tushare daily true true",
            "tdx bars true false",
            "yahoo daily true null",
            "aktools macro false null",
            "tushare fundamentals true null"
        ]
    );
}

#[tokio::test]
async fn the_status_follows_the_file() {
    let market = Market::new();
    let app = TestApp::over(&market.published()).start().await;
    let body: Value = app.json("/quality/status").await;
    assert_eq!((&body["updated_at"], &body["sources"]), (&Value::Null, &Value::Array(Vec::new())));
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
    assert_eq!((&body["replica"]["state"], &body["findings"]), (&"empty".into(), &Value::Null));
}

#[tokio::test]
async fn the_served_copy_says_how_it_stands_to_what_is_published() {
    let market = Market::new();
    let app = TestApp::over(&market.published()).start().await;
    let replica = async || app.json::<Value>("/quality/status").await["replica"].clone();
    assert_eq!(replica().await["state"], "unknown", "the ingest side has never reported");
    write_status(&market.published(), &StatusFile { generation: Some(3), ..status_file() }).unwrap();
    insta::assert_json_snapshot!(replica().await, @r#"
    {
      "age_seconds": 1800,
      "from": null,
      "generation": 1,
      "newest_generation": 3,
      "published_at": "2026-04-29T19:00:00+08:00",
      "reason": null,
      "state": "behind",
      "sync_age_seconds": null,
      "synced_at": null,
      "verified_at": null
    }
    "#);
    std::fs::write(market.published().join("gen-000003.json"), "{").unwrap();
    std::fs::write(market.published().join("CURRENT"), "gen-000003.json\n").unwrap();
    eventually("the damaged generation is refused", async || replica().await["state"] == "refused").await;
    let refused = replica().await;
    assert_eq!(refused["generation"], 1);
    assert!(refused["reason"].as_str().unwrap().contains("gen-000003.json"), "{refused}");
}

#[tokio::test]
async fn freshness_is_a_metric_per_source_and_data_set() {
    let market = Market::new();
    // Nobody else has this source: the process has one set of metrics.
    let facts = Freshness {
        source: "vendor_of_this_test".to_owned(),
        dataset: "daily".to_owned(),
        last_success_at: Some(published_at() - TimeDelta::hours(30)),
        last_trade_date: Some(day("2026-04-27")),
        last_error: None,
        last_error_at: None,
    };
    write_status(&market.published(), &StatusFile { freshness: vec![facts], ..status_file() }).unwrap();
    let app = TestApp::over(&market.published()).start().await;
    eventually("the gauges are set", async || {
        let text = app.request(reqwest::Method::GET, "/metrics").send().await.unwrap().text().await.unwrap();
        let labels = r#"{source="vendor_of_this_test",dataset="daily"}"#;
        [("source_freshness_age_seconds", "109800"), ("source_stale", "1"), ("source_overdue", "1")]
            .iter()
            .all(|(gauge, value)| text.contains(&format!("\n{gauge}{labels} {value}\n")))
    })
    .await;
}
