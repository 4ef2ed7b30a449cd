//! `/warehouse/fundamentals`.

use insta::assert_json_snapshot;
use serde_json::Value;
use warehouse_api::openapi::{ClaimBody, FundamentalsBody};

use crate::{
    app::TestApp,
    market::{self, day},
};

const CLAIMS: &str = "/warehouse/fundamentals?code=600519.SH&period=2025Q3";

/// `metric source value announced`, one per claim, superseded ones in brackets.
fn shown(claims: &[ClaimBody]) -> Vec<String> {
    let announced = |claim: &ClaimBody| claim.announced_at.map_or("-".to_owned(), |day| day.to_string());
    let shown = |claim: &ClaimBody| {
        let text = format!("{} {} {} {}", claim.metric, claim.source, claim.value, announced(claim));
        if claim.superseded { format!("({text})") } else { text }
    };
    claims.iter().map(shown).collect()
}

async fn reason(app: &TestApp, query: &str) -> String {
    let body: FundamentalsBody = app.json(&format!("/warehouse/fundamentals?{query}")).await;
    assert!(body.claims.is_empty(), "{query}: {:?}", body.claims);
    let [missing] = body.missing.as_slice() else { panic!("{query}: {:?}", body.missing) };
    assert_eq!(missing.period, body.period);
    missing.reason.clone()
}

#[tokio::test]
async fn every_sources_claims_stand_side_by_side() {
    let app = TestApp::start().await;
    let body: FundamentalsBody = app.json(CLAIMS).await;
    assert_eq!((body.code.as_str(), body.period, body.source.as_str()), ("600519.SH", day("2025-09-30"), "curated"));
    assert_eq!((body.generation, body.as_of, body.missing.len()), (1, None, 0));
    assert_eq!(
        shown(&body.claims),
        [
            "eps tushare 51.5 2026-03-28",
            "(eps tushare 51.53 2025-10-30)",
            "net_profit_parent tushare 64626746712 2025-10-30",
            "total_shares tdx 1252270215 -",
            "pe_ttm tushare 21.5 2025-09-30",
            "pb tushare 7.25 2025-09-30",
        ]
    );
    let text = app.text(CLAIMS).await;
    let first: Value = serde_json::from_str::<Value>(&text).unwrap()["claims"][0].clone();
    let raw_id = first["raw_id"].as_i64().unwrap();
    assert!(raw_id > 0);
    assert_json_snapshot!(first, { ".raw_id" => "[id]" }, @r#"
    {
      "announced_at": "2026-03-28",
      "ingested_at": "2026-04-29T19:00:00+08:00",
      "metric": "eps",
      "raw_id": "[id]",
      "source": "tushare",
      "superseded": false,
      "unit": "yuan_per_share",
      "value": 51.5
    }
    "#);
}

#[tokio::test]
async fn every_spelling_of_a_quarter_is_the_same_question() {
    let app = TestApp::start().await;
    let body: FundamentalsBody = app.json(CLAIMS).await;
    for period in ["2025-09-30", "20250930", "2025q3"] {
        let same: FundamentalsBody = app.json(&format!("/warehouse/fundamentals?code=600519.SH&period={period}")).await;
        assert_eq!(same, body, "{period}");
    }
}

#[tokio::test]
async fn an_as_of_day_shows_what_was_known_then() {
    let app = TestApp::start().await;
    let then: FundamentalsBody = app.json(&format!("{CLAIMS}&as_of=2025-11-15")).await;
    assert_eq!(then.as_of, Some(day("2025-11-15")));
    assert_eq!(
        shown(&then.claims),
        [
            "eps tushare 51.53 2025-10-30",
            "net_profit_parent tushare 64626746712 2025-10-30",
            "pe_ttm tushare 21.5 2025-09-30",
            "pb tushare 7.25 2025-09-30",
        ]
    );
    let eve: FundamentalsBody = app.json(&format!("{CLAIMS}&as_of=20251029&metric=eps")).await;
    assert!(eve.claims.is_empty());
}

#[tokio::test]
async fn one_figure_can_be_asked_for() {
    let app = TestApp::start().await;
    let body: FundamentalsBody = app.json(&format!("{CLAIMS}&metric=total_shares")).await;
    assert_eq!(shown(&body.claims), ["total_shares tdx 1252270215 -"]);
}

#[tokio::test]
async fn nothing_is_never_ambiguous() {
    let app = TestApp::start().await;
    for (query, expected) in [
        // Announced later than the day that is asked about, and hidden because nobody dates it.
        ("code=600519.SH&period=2025Q3&as_of=2025-10-29&metric=eps", "not_yet_announced"),
        ("code=000001.SZ&period=2025Q3&as_of=2026-01-05&metric=total_shares", "announcement_unknown"),
        // The year's report may come until 30 April, the third quarter's should be here.
        ("code=600519.SH&period=2025Q4&metric=eps", "not_yet_announced"),
        ("code=000001.SZ&period=2025Q3&metric=eps", "not_ingested"),
        ("code=600519.SH&period=2026Q4", "not_yet_announced"),
        ("code=300750.SZ&period=2025Q3", "not_listed"),
        ("code=0700.HK&period=2025Q3", "not_ingested"),
    ] {
        assert_eq!(reason(&app, query).await, expected, "{query}");
    }
}

#[tokio::test]
async fn the_valuation_of_a_quarter_is_that_of_its_last_day_with_one() {
    let app = TestApp::start().await;
    let body: FundamentalsBody = app.json("/warehouse/fundamentals?code=600519.SH&period=2025Q4").await;
    assert_eq!(shown(&body.claims), ["pe_ttm tushare 21.5 2025-12-31", "pb tushare 7.25 2025-12-31"]);
    assert_eq!(market::bar("600519.SH", day("2025-12-31")).map(|bar| bar.trade_date), Some(day("2025-12-31")));
    // The second quarter of 2026 is not over: its last close does not exist.
    assert_eq!(reason(&app, "code=600519.SH&period=2026Q2").await, "not_yet_announced");
}

#[tokio::test]
async fn a_wrong_question_names_its_field() {
    let app = TestApp::start().await;
    for (query, status, kind, field, told) in [
        ("period=2025Q3", 400, "missing-parameter", "code", "parameter `code` is required, for example code=600519.SH"),
        (
            "code=600519.SH",
            400,
            "missing-parameter",
            "period",
            "parameter `period` is required, for example period=2025Q3",
        ),
        (
            "code=600519.SH&period=2025Q5",
            400,
            "invalid-parameter",
            "period",
            "`2025Q5` is no period: write a quarter, 2025Q3, or its last day, 2025-09-30",
        ),
        (
            "code=600519.SH&period=2025Q3&as_of=then",
            400,
            "invalid-parameter",
            "as_of",
            "`then` is not a date: write YYYY-MM-DD or YYYYMMDD",
        ),
        (
            "code=600519.SH&period=2025Q3&metric=net_profits",
            400,
            "invalid-parameter",
            "metric",
            "there is no metric `net_profits`: did you mean `net_profit`?",
        ),
        (
            "code=600519.SH&period=2025Q3&format=csv",
            400,
            "unknown-parameter",
            "format",
            "there is no parameter `format` here",
        ),
        (
            "code=600519.SH&period=2025Q3&asof=20260101",
            400,
            "unknown-parameter",
            "asof",
            "there is no parameter `asof` here: did you mean `as_of`?",
        ),
        (
            "code=600519&period=2025Q3",
            400,
            "ambiguous-code",
            "code",
            "`600519` names no exchange: write one of the candidates",
        ),
        (
            "code=600000.SH&period=2025Q3",
            404,
            "unknown-code",
            "code",
            "the warehouse has no instrument and no bar of 600000.SH",
        ),
    ] {
        let problem = app.problem(&format!("/warehouse/fundamentals?{query}")).await;
        let text = |member: &str| problem[member].as_str().unwrap_or_default().to_owned();
        assert_eq!((problem["status"].as_u64(), text("field").as_str()), (Some(status), field), "{query}");
        assert_eq!((text("type").trim_start_matches("urn:twilight:problem:"), text("detail").as_str()), (kind, told));
    }
    assert_json_snapshot!(app.problem("/warehouse/fundamentals?code=600519.SH&period=2025-09-29").await, @r#"
    {
      "allowed": [
        "2025-06-30",
        "2025-09-30"
      ],
      "detail": "2025-09-29 is not the last day of a quarter: the nearest are 2025-06-30 and 2025-09-30",
      "field": "period",
      "status": 400,
      "title": "A parameter is invalid",
      "type": "urn:twilight:problem:invalid-parameter"
    }
    "#);
}
