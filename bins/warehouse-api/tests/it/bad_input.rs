//! What callers get wrong, and what they are told.

use insta::assert_json_snapshot;
use serde_json::Value;

use crate::app::TestApp;

/// Kind, status, field and detail of the problem at `path`.
async fn told(app: &TestApp, path: &str) -> (String, u64, String, String) {
    let problem = app.problem(path).await;
    let text = |member: &str| problem[member].as_str().unwrap_or_default().to_owned();
    let kind = text("type").replace("urn:twilight:problem:", "");
    (kind, problem["status"].as_u64().unwrap(), text("field"), text("detail"))
}

#[tokio::test]
async fn a_bare_symbol_is_answered_with_the_candidates() {
    let app = TestApp::start().await;
    assert_json_snapshot!(app.problem("/warehouse/daily?code=000001").await, @r#"
    {
      "candidates": [
        {
          "code": "000001.SZ",
          "kind": "a_share",
          "name": "平安银行"
        }
      ],
      "detail": "`000001` names no exchange: write one of the candidates",
      "field": "code",
      "status": 400,
      "title": "The code names no exchange",
      "type": "urn:twilight:problem:ambiguous-code"
    }
    "#);
    let problem = app.problem("/warehouse/features?code=399001&date=2026-04-28").await;
    assert_eq!(problem["candidates"][0]["code"], "399001.SZ", "by its number range");
}

#[tokio::test]
async fn an_unknown_code_is_not_found() {
    let app = TestApp::start().await;
    assert_json_snapshot!(app.problem("/warehouse/daily?code=600000.SH").await, @r#"
    {
      "detail": "the warehouse has no instrument and no bar of 600000.SH",
      "field": "code",
      "status": 404,
      "title": "Unknown code",
      "type": "urn:twilight:problem:unknown-code"
    }
    "#);
    // Equal numbers are different codes: the bank is suggested, never served.
    let index = app.problem("/warehouse/daily?code=000001.SH").await;
    assert_eq!(index["candidates"][0]["code"], "000001.SZ");
    assert_eq!(index["status"], 404);
    let renamed = app.problem("/warehouse/daily?code=430799.BJ").await;
    assert_eq!(renamed["candidates"][0]["code"], "920799.BJ");
    assert!(renamed["detail"].as_str().unwrap().ends_with("it trades as 920799.BJ now"), "{renamed}");
}

#[tokio::test]
async fn a_malformed_code_is_answered_with_what_was_probably_meant() {
    let app = TestApp::start().await;
    for (code, hint) in [
        ("600519.sh", "did you mean 600519.SH?"),
        ("sh600519", "did you mean 600519.SH?"),
        ("sz.000001", "did you mean 000001.SZ?"),
        ("600519.XSHG", "did you mean 600519.SH?"),
        ("60051.SH", "a mainland symbol has exactly six digits"),
        ("moutai", "write 600519.SH, 000001.SZ or 920799.BJ"),
        ("600519.TW", "has the unknown suffix `TW`"),
        ("%27%3B--", "is not a code"),
    ] {
        let (kind, status, field, detail) = told(&app, &format!("/warehouse/daily?code={code}")).await;
        assert_eq!((kind.as_str(), status, field.as_str()), ("invalid-parameter", 400, "code"), "{code}");
        assert!(detail.contains(hint), "{code}: {detail}");
    }
}

#[tokio::test]
async fn a_bad_date_or_range_is_refused() {
    let app = TestApp::start().await;
    for (range, field, hint) in [
        ("start=2026-13-01", "start", "`2026-13-01` is not a date: write YYYY-MM-DD or YYYYMMDD"),
        ("end=tomorrow", "end", "`tomorrow` is not a date: write YYYY-MM-DD or YYYYMMDD"),
        ("start=2026-02-30", "start", "`2026-02-30` is not a date: write YYYY-MM-DD or YYYYMMDD"),
        ("start=2026-03-01&end=2026-02-01", "start", "start 2026-03-01 is after end 2026-02-01"),
        ("start=2030-01-01", "start", "start 2030-01-01 is after end 2026-04-28, the warehouse's last trading day"),
        ("start=1900-01-01", "start", "1900-01-01 to 2026-04-28 is 46139 days; one request may ask for at most 5000"),
    ] {
        let (kind, status, named, detail) = told(&app, &format!("/warehouse/daily?code=600519.SH&{range}")).await;
        assert_eq!((kind.as_str(), status, named.as_str()), ("invalid-parameter", 400, field), "{range}");
        assert_eq!(detail, hint);
    }
}

#[tokio::test]
async fn a_value_outside_its_set_is_answered_with_the_set() {
    let app = TestApp::start().await;
    assert_json_snapshot!(app.problem("/warehouse/daily?code=600519.SH&layer=cooked").await, @r#"
    {
      "allowed": [
        "curated",
        "normalized",
        "raw"
      ],
      "detail": "`cooked` is no value of `layer`",
      "field": "layer",
      "status": 400,
      "title": "A parameter is invalid",
      "type": "urn:twilight:problem:invalid-parameter"
    }
    "#);
    for (parameter, allowed) in
        [("adjust=QFQ", vec!["qfq", "hfq", "none"]), ("format=xlsx", vec!["json", "csv", "arrow", "parquet"])]
    {
        let problem = app.problem(&format!("/warehouse/daily?code=600519.SH&{parameter}")).await;
        assert_eq!(problem["allowed"], Value::from(allowed));
    }
}

#[tokio::test]
async fn an_unknown_parameter_is_never_ignored() {
    let app = TestApp::start().await;
    assert_json_snapshot!(app.problem("/warehouse/daily?code=600519.SH&from=2026-01-01&strat=2026-01-01").await, @r#"
    {
      "allowed": [
        "code",
        "start",
        "end",
        "layer",
        "adjust",
        "format"
      ],
      "detail": "there is no parameter `from` here",
      "field": "from",
      "status": 400,
      "title": "A parameter is unknown",
      "type": "urn:twilight:problem:unknown-parameter"
    }
    "#);
    let (_, _, _, detail) = told(&app, "/warehouse/daily?code=600519.SH&strat=2026-01-01").await;
    assert_eq!(detail, "there is no parameter `strat` here: did you mean `start`?");
    let (kind, status, ..) = told(&app, "/quality/status?verbose=1").await;
    assert_eq!((kind.as_str(), status), ("unknown-parameter", 400));
}

#[tokio::test]
async fn a_parameter_must_be_there_once_and_not_empty() {
    let app = TestApp::start().await;
    for (query, kind, field) in [
        ("", "missing-parameter", "code"),
        ("?start=2026-01-01", "missing-parameter", "code"),
        ("?code=", "invalid-parameter", "code"),
        ("?code=600519.SH&code=000001.SZ", "invalid-parameter", "code"),
        ("?code=600519.SH&start=", "invalid-parameter", "start"),
    ] {
        let told = told(&app, &format!("/warehouse/daily{query}")).await;
        assert_eq!((told.0.as_str(), told.1, told.2.as_str()), (kind, 400, field), "{query}");
    }
}

#[tokio::test]
async fn a_wrong_path_or_method_is_a_problem_too() {
    let app = TestApp::start().await;
    assert_eq!(app.problem("/warehouse/minutely").await["status"], 404);
    assert_eq!(app.problem("/admin/ingest/run?source=tushare").await["status"], 405);
}
