//! `/warehouse/macro`.

use insta::assert_json_snapshot;
use warehouse_api::openapi::{MacroListBody, MacroSeriesBody};

use crate::{
    app::{Market, TestApp},
    market::day,
};

const CPI: &str = "/warehouse/macro?series=china_cpi_yearly";

/// `period value published revisions`, one per row.
fn shown(body: &MacroSeriesBody) -> Vec<String> {
    let published = |day: Option<chrono::NaiveDate>| day.map_or("-".to_owned(), |day| day.to_string());
    let rows = body.rows.iter();
    rows.map(|row| format!("{} {} {} {}", row.period, row.value, published(row.published_at), row.revisions)).collect()
}

#[tokio::test]
async fn a_series_has_a_row_per_period_the_newest_publication_of_each() {
    let app = TestApp::start().await;
    let body: MacroSeriesBody = app.json(CPI).await;
    assert_eq!(
        (body.series.as_str(), body.unit.as_str(), body.source.as_str(), body.generation),
        ("china_cpi_yearly", "percent", "curated", 1)
    );
    assert_eq!(shown(&body), ["2026-01-31 0.2 2026-02-11 0", "2026-02-28 1.2 2026-04-10 1"]);
    assert_eq!((body.first_period, body.last_period), (day("2026-01-31"), day("2026-02-28")));
    assert!(body.missing.is_empty());
    let document: serde_json::Value = app.json(CPI).await;
    assert_json_snapshot!(document["rows"][0], @r#"
    {
      "consensus": 0.1,
      "ingested_at": "2026-04-29T19:00:00+08:00",
      "period": "2026-01-31",
      "previous": null,
      "published_at": "2026-02-11",
      "revisions": 0,
      "source": "aktools",
      "value": 0.2
    }
    "#);
}

#[tokio::test]
async fn an_as_of_day_shows_what_was_published_by_then() {
    let app = TestApp::start().await;
    let body: MacroSeriesBody = app.json(&format!("{CPI}&as_of=2026-04-09")).await;
    assert_eq!(shown(&body), ["2026-01-31 0.2 2026-02-11 0", "2026-02-28 1.3 2026-03-09 0"]);
    assert_eq!(body.as_of, Some(day("2026-04-09")));
}

#[tokio::test]
async fn an_empty_answer_says_why() {
    let app = TestApp::start().await;
    for (query, reason) in [
        ("series=china_cpi_yearly&as_of=2026-02-10", "not_yet_published"),
        ("series=lpr_1y&as_of=2026-04-01", "publication_unknown"),
        ("series=china_cpi_yearly&end=2025-12-31&start=2025-01-01", "before_first_period"),
        ("series=china_cpi_yearly&start=2026-03-01&end=2026-12-31", "after_last_period"),
        ("series=china_cpi_yearly&start=2026-02-01&end=2026-02-27", "no_period"),
    ] {
        let body: MacroSeriesBody = app.json(&format!("/warehouse/macro?{query}")).await;
        assert!(body.rows.is_empty(), "{query}");
        assert_eq!(body.missing.iter().map(|missing| missing.reason.as_str()).collect::<Vec<_>>(), [reason], "{query}");
    }
}

#[tokio::test]
async fn without_a_series_the_list_is_answered() {
    let app = TestApp::start().await;
    let body: MacroListBody = app.json("/warehouse/macro").await;
    let names: Vec<_> = body.series.iter().map(|series| series.series.as_str()).collect();
    assert_eq!(names, ["china_cpi_yearly", "lpr_1y"]);
    let document: serde_json::Value = app.json("/warehouse/macro").await;
    assert_json_snapshot!(document["series"][0], @r#"
    {
      "first_period": "2026-01-31",
      "last_period": "2026-02-28",
      "last_published_at": "2026-04-10",
      "periods": 2,
      "series": "china_cpi_yearly",
      "sources": [
        "aktools"
      ],
      "unit": "percent"
    }
    "#);
}

#[tokio::test]
async fn a_wrong_question_names_its_field() {
    let app = TestApp::start().await;
    for (query, kind, field, told) in [
        (
            "start=2026-01-01",
            "missing-parameter",
            "series",
            "parameter `start` needs a `series`, for example series=china_cpi_yearly; without any the list of series is answered",
        ),
        (
            "series=lpr_1y&start=soon",
            "invalid-parameter",
            "start",
            "`soon` is not a date: write YYYY-MM-DD or YYYYMMDD",
        ),
        (
            "series=lpr_1y&end=2026-02-30",
            "invalid-parameter",
            "end",
            "`2026-02-30` is not a date: write YYYY-MM-DD or YYYYMMDD",
        ),
        ("series=lpr_1y&as_of=1", "invalid-parameter", "as_of", "`1` is not a date: write YYYY-MM-DD or YYYYMMDD"),
        (
            "series=lpr_1y&start=2026-02-01&end=2026-01-01",
            "invalid-parameter",
            "start",
            "start 2026-02-01 is after end 2026-01-01",
        ),
        (
            "series=lpr_1y&start=2027-01-01",
            "invalid-parameter",
            "start",
            "start 2027-01-01 is after 2026-03-20, the end of the series' last period",
        ),
        ("series=", "invalid-parameter", "series", "parameter `series` is empty: give a value or leave it out"),
        (
            "series=weather",
            "invalid-parameter",
            "series",
            "the warehouse has no series `weather`; GET /warehouse/macro lists what there is",
        ),
        ("serie=lpr_1y", "unknown-parameter", "serie", "there is no parameter `serie` here: did you mean `series`?"),
    ] {
        let problem = app.problem(&format!("/warehouse/macro?{query}")).await;
        let text = |member: &str| problem[member].as_str().unwrap_or_default().to_owned();
        assert_eq!((problem["status"].as_u64(), text("field").as_str()), (Some(400), field), "{query}");
        assert_eq!((text("type").trim_start_matches("urn:twilight:problem:"), text("detail").as_str()), (kind, told));
    }
    assert_json_snapshot!(app.problem("/warehouse/macro?series=china_cpi_yaerly").await, @r#"
    {
      "allowed": [
        "china_cpi_yearly"
      ],
      "detail": "the warehouse has no series `china_cpi_yaerly`: did you mean `china_cpi_yearly`?",
      "field": "series",
      "status": 400,
      "title": "A parameter is invalid",
      "type": "urn:twilight:problem:invalid-parameter"
    }
    "#);
}

#[tokio::test]
async fn a_market_without_series_says_so() {
    let market = Market::of_bars_only();
    let app = TestApp::over(&market.published()).start().await;
    let body: MacroListBody = app.json("/warehouse/macro").await;
    assert!(body.series.is_empty());
    let problem = app.problem("/warehouse/macro?series=lpr_1y").await;
    assert_eq!(problem["detail"], "the warehouse has no series `lpr_1y`: none has been ingested yet");
}
