//! `/warehouse/features`.

use warehouse_api::openapi::{CuratedBody, FeatureValues, FeaturesBody};

use crate::{
    app::TestApp,
    market::{EX_DATE, LAST, LISTED_LATE, MOUTAI, day},
};

async fn closes(app: &TestApp, code: &str, end: &str, adjust: &str) -> Vec<f64> {
    let path = format!("/warehouse/daily?code={code}&end={end}&adjust={adjust}");
    app.json::<CuratedBody>(&path).await.rows.iter().map(|row| row.close).collect()
}

fn mean_of_last(closes: &[f64], count: usize) -> f64 {
    closes[closes.len() - count..].iter().sum::<f64>() / count as f64
}

fn assert_close(found: Option<f64>, expected: f64) {
    let found = found.unwrap();
    assert!((found / expected - 1.0).abs() < 1e-12, "{found} is not {expected}");
}

#[tokio::test]
async fn averages_come_in_the_basis_and_anchor_of_the_prices() {
    let app = TestApp::start().await;
    for adjust in ["qfq", "hfq"] {
        let body: FeaturesBody =
            app.json(&format!("/warehouse/features?code={MOUTAI}&date=2026-03-18&adjust={adjust}")).await;
        assert_eq!((body.code.as_str(), body.source.as_str(), body.adjust.as_str()), (MOUTAI, "feature", adjust));
        assert_eq!((body.date, body.generation), (day("2026-03-18"), 1));
        assert_eq!(body.anchor.unwrap().date, day(LAST));
        let closes = closes(&app, MOUTAI, "2026-03-18", adjust).await;
        // The windows reach back over the dividend: only adjusted prices give these means.
        assert!(day("2026-03-18") - day(EX_DATE) < chrono::TimeDelta::days(5));
        assert_close(body.features.ma_5, mean_of_last(&closes, 5));
        assert_close(body.features.ma_60, mean_of_last(&closes, 60));
        assert_close(
            body.features.momentum_5d.map(|value| value + 1.0),
            closes[closes.len() - 1] / closes[closes.len() - 6],
        );
        assert_eq!((body.features.pe_ttm, body.features.pb), (Some(21.5), Some(7.25)));
    }
}

#[tokio::test]
async fn in_traded_prices_an_average_is_seen_from_its_own_day() {
    let app = TestApp::start().await;
    let path = format!("/warehouse/features?code={MOUTAI}&date=2026-03-18&adjust=none");
    let body: FeaturesBody = app.json(&path).await;
    let anchor = body.anchor.unwrap();
    assert_eq!(anchor.date, day("2026-03-18"));
    let hfq = closes(&app, MOUTAI, "2026-03-18", "hfq").await;
    assert_close(body.features.ma_5, mean_of_last(&hfq, 5) / anchor.factor);
}

#[tokio::test]
async fn a_day_within_ninety_days_is_stored_and_an_older_one_computed() {
    let app = TestApp::start().await;
    let stored: FeaturesBody = app.json(&format!("/warehouse/features?code={MOUTAI}&date={LAST}")).await;
    assert!(!stored.computed);
    let computed: FeaturesBody = app.json(&format!("/warehouse/features?code={MOUTAI}&date=2026-01-09")).await;
    assert!(computed.computed);
    let closes = closes(&app, MOUTAI, "2026-01-09", "qfq").await;
    assert_close(computed.features.ma_60, mean_of_last(&closes, 60));
    assert_eq!(computed.features.pb, Some(7.25));
}

#[tokio::test]
async fn a_window_that_is_not_full_is_null() {
    let app = TestApp::start().await;
    let text = app.get("/warehouse/features?code=300750.SZ&date=2026-03-06").await.text().await.unwrap();
    assert!(text.contains(r#""ma_10":null"#), "{text}");
    let body: FeaturesBody = serde_json::from_str(&text).unwrap();
    let FeatureValues { ma_5, ma_10, momentum_5d, volatility_20d, pb, .. } = body.features;
    assert!(ma_5.is_some(), "five bars since {LISTED_LATE}");
    assert_eq!((ma_10, momentum_5d, volatility_20d, pb), (None, None, None, None));
}

#[tokio::test]
async fn a_day_without_a_bar_is_not_found_and_says_why() {
    let app = TestApp::start().await;
    insta::assert_json_snapshot!(app.problem("/warehouse/features?code=600519.SH&date=2026-01-13").await, @r#"
    {
      "detail": "600519.SH has no bar on 2026-01-13 (suspended); the nearest earlier one is on 2026-01-09",
      "field": "date",
      "nearest_earlier": "2026-01-09",
      "reason": "suspended",
      "status": 404,
      "title": "No bar on that day",
      "type": "urn:twilight:problem:no-bar"
    }
    "#);
    for (date, reason, nearest) in [
        ("2026-02-17", "not_a_trading_day", Some("2026-02-13")),
        ("2026-04-15", "gap", Some("2026-04-14")),
        ("2026-04-29", "withheld", Some(LAST)),
        ("2026-05-07", "not_yet", Some(LAST)),
    ] {
        let problem = app.problem(&format!("/warehouse/features?code=600519.SH&date={date}")).await;
        assert_eq!(
            (problem["reason"].as_str(), problem["nearest_earlier"].as_str()),
            (Some(reason), nearest),
            "{date}"
        );
    }
    let problem = app.problem("/warehouse/features?code=300750.SZ&date=2026-02-27").await;
    assert_eq!((problem["reason"].as_str(), problem["nearest_earlier"].as_str()), (Some("not_listed"), None));
}

#[tokio::test]
async fn code_and_date_are_required() {
    let app = TestApp::start().await;
    assert_eq!(app.problem("/warehouse/features?date=2026-04-28").await["field"], "code");
    assert_eq!(app.problem("/warehouse/features?code=600519.SH").await["field"], "date");
    assert_eq!(app.problem("/warehouse/features?code=600519.SH&date=2026-4-28").await["field"], "date");
    assert_eq!(app.problem("/warehouse/features?code=600000.SH&date=2026-04-28").await["status"], 404);
}
