//! `/warehouse/daily` on the curated layer: rows, bases, anchor, missing days.

use warehouse_api::openapi::{CuratedBody, MissingBody};

use crate::{
    app::{TestApp, exact_column},
    market::{self, ABSENT, EX_DATE, LAST, MOUTAI, WITHHELD, day},
};

fn run(date: &str, reason: &str) -> MissingBody {
    MissingBody { date: day(date), until: None, days: None, reason: reason.to_owned() }
}

/// The traded closes of 600519.SH and what its dividend makes of the factor.
fn factor_after_dividend() -> f64 {
    let ex = market::bar(MOUTAI, day(EX_DATE)).unwrap();
    let before = market::bar(MOUTAI, day("2026-03-13")).unwrap();
    before.close / ex.pre_close.unwrap()
}

#[tokio::test]
async fn test_warehouse_route_returns_curated() {
    let app = TestApp::start().await;
    let body: CuratedBody =
        app.json("/warehouse/daily?code=600519.SH&start=2026-03-02&end=2026-03-31&adjust=none").await;
    assert_eq!((body.source.as_str(), body.code.as_str(), body.adjust.as_str()), ("curated", MOUTAI, "none"));
    assert_eq!((body.generation, body.missing.len()), (1, 0));
    let expected: Vec<_> = market::trading_days()
        .into_iter()
        .filter(|date| day("2026-03-02") <= *date && *date <= day("2026-03-31"))
        .map(|date| market::bar(MOUTAI, date).unwrap())
        .collect();
    assert_eq!(body.rows.len(), expected.len());
    for (row, bar) in body.rows.iter().zip(&expected) {
        assert_eq!((row.trade_date, row.code.as_str(), row.source.as_str()), (bar.trade_date, MOUTAI, "tushare"));
        assert_eq!([row.open, row.high, row.low, row.close], [bar.open, bar.high, bar.low, bar.close]);
        assert_eq!((row.volume, row.amount), (Some(bar.volume), bar.amount));
        let factor = if row.trade_date < day(EX_DATE) { 1.0 } else { factor_after_dividend() };
        assert_eq!(row.adj_factor, factor, "{}", row.trade_date);
    }
}

#[tokio::test]
async fn prices_come_in_the_basis_that_was_asked_for() {
    let app = TestApp::start().await;
    let path = "/warehouse/daily?code=600519.SH&start=2026-01-05&end=2026-03-20";
    let traded = app.text(&format!("{path}&adjust=none")).await;
    let qfq = app.text(path).await;
    let hfq = app.text(&format!("{path}&adjust=hfq")).await;
    let [traded_body, qfq_body, hfq_body]: [CuratedBody; 3] =
        [&traded, &qfq, &hfq].map(|text| serde_json::from_str(text).unwrap());
    let anchor = qfq_body.anchor.as_ref().unwrap();
    // The last bar of the code, not the end of the request.
    assert_eq!((anchor.date, anchor.basis.as_str()), (day(LAST), "first_bar"));
    assert_eq!((&traded_body.anchor, &hfq_body.anchor), (&qfq_body.anchor, &qfq_body.anchor));
    assert_eq!([&qfq_body.adjust, &hfq_body.adjust], ["qfq", "hfq"]);

    let factors = exact_column(&traded, "adj_factor");
    let last = factor_after_dividend();
    for column in ["open", "high", "low", "close"] {
        let traded = exact_column(&traded, column);
        let scaled = |scale: &dyn Fn(f64) -> f64| -> Vec<f64> {
            traded.iter().zip(&factors).map(|(price, factor)| price * scale(*factor)).collect()
        };
        assert_eq!(exact_column(&qfq, column), scaled(&|factor| factor / last), "{column}");
        assert_eq!(exact_column(&hfq, column), scaled(&|factor| factor), "{column}");
    }
    let after = qfq_body.rows.iter().position(|row| row.trade_date == day(EX_DATE)).unwrap();
    let closes = [&qfq, &traded].map(|text| exact_column(text, "close")[after..].to_vec());
    assert_eq!(closes[0], closes[1], "after the last event qfq is the traded price");
    for column in ["volume", "amount", "adj_factor"] {
        assert_eq!(exact_column(&qfq, column), exact_column(&traded, column), "{column}");
    }
}

#[tokio::test]
async fn the_basis_of_a_code_with_its_listing_day_is_the_listing() {
    let app = TestApp::start().await;
    let body: CuratedBody = app.json("/warehouse/daily?code=300750.SZ").await;
    assert_eq!(body.anchor.unwrap().basis, "listing");
    assert_eq!(body.rows.first().unwrap().trade_date, day(market::LISTED_LATE));
}

#[tokio::test]
async fn every_absent_trading_day_has_its_reason() {
    let app = TestApp::start().await;
    let body: CuratedBody = app.json("/warehouse/daily?code=600519.SH&start=2026-01-05&end=2026-05-08").await;
    let suspended = MissingBody { until: Some(day("2026-01-14")), days: Some(3), ..run("2026-01-12", "suspended") };
    let not_yet = MissingBody { until: Some(day("2026-05-08")), days: Some(4), ..run("2026-04-30", "not_yet") };
    assert_eq!(body.missing, [suspended, run(ABSENT, "gap"), run(WITHHELD, "withheld"), not_yet]);

    let body: CuratedBody = app.json("/warehouse/daily?code=300750.SZ&start=2026-02-12&end=2026-03-03").await;
    // Thursday, Friday, then Spring Festival, then a week: the holiday does not break the run.
    let not_listed = MissingBody { until: Some(day("2026-02-27")), days: Some(7), ..run("2026-02-12", "not_listed") };
    assert_eq!(body.missing, [not_listed]);
    assert_eq!(body.rows.len(), 2);
}

#[tokio::test]
async fn the_default_range_is_the_year_up_to_the_last_trading_day() {
    let app = TestApp::start().await;
    let body: CuratedBody = app.json("/warehouse/daily?code=000001.SZ").await;
    assert_eq!(body.rows.first().unwrap().trade_date, day(market::FIRST));
    assert_eq!(body.rows.last().unwrap().trade_date, day(LAST));
    let compact: CuratedBody = app.json("/warehouse/daily?code=000001.SZ&start=20250428&end=20260428").await;
    assert_eq!(compact, body);
}

#[tokio::test]
async fn a_range_without_bars_is_an_empty_answer_that_says_why() {
    let app = TestApp::start().await;
    let body: CuratedBody = app.json("/warehouse/daily?code=300750.SZ&start=2025-11-03&end=2025-11-03").await;
    assert!(body.rows.is_empty());
    assert_eq!(body.missing, [run("2025-11-03", "not_listed")]);
    assert!(body.anchor.is_some(), "the code has bars, if not in this range");
}
