//! `/quality/logs`.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use reqwest::{Response, header::LINK};
use serde_json::{Value, json};
use warehouse_api::openapi::FindingBody;

use crate::{
    app::{Market, TestApp, eventually, problem},
    findings::{found, logged, minute, nth, record},
    market,
};

const PATH: &str = "/quality/logs";

/// The checks of the findings, in order.
async fn checks(app: &TestApp, query: &str) -> Vec<String> {
    let rows: Vec<FindingBody> = app.json(&format!("{PATH}?{query}")).await;
    rows.into_iter().map(|row| row.check).collect()
}

#[tokio::test]
async fn findings_come_newest_first_as_a_plain_array() {
    let app = logged().await;
    let response = app.get(PATH).await;
    assert_eq!((response.status().as_u16(), &response.headers()["x-generation"]), (200, &"1".parse().unwrap()));
    assert!(!response.headers().contains_key(LINK), "all of them are on this page");
    let mut body: Value = response.json().await.unwrap();
    for row in body.as_array_mut().unwrap() {
        let id = row["id"].take();
        assert!(id.as_str().is_some_and(|id| id.len() == 32), "{id}");
    }
    insta::assert_json_snapshot!(body, @r#"
    [
      {
        "check": "freshness",
        "closed_at": null,
        "code": null,
        "details": {
          "close": 15.31,
          "other": 15.35
        },
        "found_at": "2026-04-29T19:04:00+08:00",
        "generation": 1,
        "id": null,
        "message": "freshness of the day",
        "severity": "error",
        "trade_date": null
      },
      {
        "check": "anomaly_large_move",
        "closed_at": "2026-04-29T19:05:00+08:00",
        "code": "300750.SZ",
        "details": {
          "close": 15.31,
          "other": 15.35
        },
        "found_at": "2026-04-29T19:03:00+08:00",
        "generation": 1,
        "id": null,
        "message": "anomaly_large_move of 300750.SZ",
        "severity": "error",
        "trade_date": "2026-04-27"
      },
      {
        "check": "price_limit",
        "closed_at": null,
        "code": "000001.SZ",
        "details": {
          "close": 15.31,
          "other": 15.35
        },
        "found_at": "2026-04-29T19:02:00+08:00",
        "generation": 1,
        "id": null,
        "message": "price_limit of 000001.SZ",
        "severity": "error",
        "trade_date": "2026-04-28"
      },
      {
        "check": "cross_source",
        "closed_at": null,
        "code": "600519.SH",
        "details": {
          "close": 15.31,
          "other": 15.35
        },
        "found_at": "2026-04-29T19:01:00+08:00",
        "generation": 1,
        "id": null,
        "message": "cross_source of 600519.SH",
        "severity": "warning",
        "trade_date": "2026-04-28"
      },
      {
        "check": "incomplete_day",
        "closed_at": null,
        "code": null,
        "details": {
          "expected": 4,
          "present": 1,
          "source": "tushare"
        },
        "found_at": "2026-04-29T19:00:00+08:00",
        "generation": null,
        "id": null,
        "message": "1 of 4 expected codes, 98 % are required",
        "severity": "error",
        "trade_date": "2026-04-29"
      }
    ]
    "#);
}

#[tokio::test]
async fn every_filter_narrows_and_they_narrow_together() {
    let app = logged().await;
    // The last one is the writer's own word about the day that is withheld.
    let all = ["freshness", "anomaly_large_move", "price_limit", "cross_source", "incomplete_day"];
    for (query, expected) in [
        ("", &all[..]),
        ("open=false", &all[..]),
        ("open=true", &["freshness", "price_limit", "cross_source", "incomplete_day"]),
        ("severity=error", &["freshness", "anomaly_large_move", "price_limit", "incomplete_day"]),
        ("severity=warning", &all[..]),
        ("severity=info", &all[..]),
        ("check=cross_source", &["cross_source"]),
        ("check=unit_consistency", &[]),
        ("code=000001.SZ", &["price_limit"]),
        ("code=920799.BJ", &[]),
        ("since=2026-04-29T19:02:00%2B08:00", &["freshness", "anomaly_large_move", "price_limit"]),
        ("since=2026-04-29T11:02:00Z&until=2026-04-29T19:04:00+08:00", &["anomaly_large_move", "price_limit"]),
        ("since=2026-04-29&until=2026-04-29", &all[..]),
        ("until=20260428", &[]),
        ("since=2026-04-30", &[]),
        ("severity=error&open=true&code=000001.SZ", &["price_limit"]),
        ("severity=error&check=cross_source", &[]),
    ] {
        assert_eq!(checks(&app, query).await, expected, "{query}");
    }
}

#[tokio::test]
async fn a_question_that_makes_no_sense_is_refused_with_what_would() {
    let app = logged().await;
    for (query, field, told) in [
        ("severity=fatal", "severity", "`fatal` is no severity"),
        ("check=crosssource", "check", "there is no rule `crosssource`: did you mean `cross_source`?"),
        ("open=yes", "open", "`yes` is no value of `open`"),
        ("limit=0", "limit", "`0` is no number of rows"),
        ("limit=1001", "limit", "`1001` is no number of rows"),
        ("cursor=2", "cursor", "`2` is no cursor: take the one in the `Link` header of the page before"),
        (
            "since=monday",
            "since",
            "`monday` is neither a date nor a moment: write 2026-04-30 or 2026-04-30T18:30:00+08:00",
        ),
        (
            "since=2026-04-30&until=2026-04-28",
            "since",
            "since 2026-04-30T00:00:00+08:00 is after until 2026-04-29T00:00:00+08:00",
        ),
        ("code=000001", "code", "`000001` names no exchange: write one of the candidates"),
        ("sevrity=error", "sevrity", "there is no parameter `sevrity` here: did you mean `severity`?"),
    ] {
        let problem = app.problem(&format!("{PATH}?{query}")).await;
        let text = |member: &str| problem[member].as_str().unwrap_or_default().to_owned();
        assert_eq!((problem["status"].as_u64(), text("field"), text("detail")), (Some(400), field.into(), told.into()));
    }
    let severity = app.problem(&format!("{PATH}?severity=fatal")).await;
    assert_eq!(severity["allowed"], json!(["info", "warning", "error"]));
    let bare = app.problem(&format!("{PATH}?code=000001")).await;
    assert_eq!(bare["candidates"][0]["code"], "000001.SZ");
    let nobody = app.problem(&format!("{PATH}?code=600000.SH")).await;
    assert_eq!((&nobody["status"], &nobody["type"]), (&404.into(), &"urn:twilight:problem:unknown-code".into()));
}

#[tokio::test]
async fn before_the_first_generation_nobody_knows() {
    let empty = tempfile::tempdir().unwrap();
    let app = TestApp::over(&empty.path().join("published")).start().await;
    assert_eq!(app.problem(PATH).await["type"], "urn:twilight:problem:no-generation-yet");
}

/// The path of the next page, if there is one.
fn next(response: &Response) -> Option<String> {
    let link = response.headers().get(LINK)?.to_str().unwrap();
    Some(link.strip_prefix('<').unwrap().strip_suffix(">; rel=\"next\"").unwrap().to_owned())
}

async fn page(app: &TestApp, path: &str) -> (Vec<FindingBody>, Option<String>) {
    let response = app.get(path).await;
    assert_eq!(response.status(), 200, "{path}");
    let next = next(&response);
    (response.json().await.unwrap(), next)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_hold_still_while_new_findings_come_in() {
    const EACH: usize = 1_250;
    let market = Market::of_bars_only();
    let mut writer = market::writer(market.root());
    // Two checks find as many at the same moment each: within one the ids tell the order.
    for (at, check) in [(1, "ohlc_order"), (2, "unit_consistency")] {
        let findings = (0..EACH).map(|number| found(check, "warning", Some(&nth(number)), Some("2026-04-28")));
        record(&mut writer, &[check], findings.collect(), minute(at));
    }
    writer.publish(minute(10)).unwrap();
    let app = TestApp::over(&market.published()).start().await;

    let (mut walked, mut following) = page(&app, &format!("{PATH}?open=true&limit=700")).await;
    let mut pages = 1;
    while let Some(path) = following {
        assert!(path.starts_with("/quality/logs?open=true&limit=700&cursor="), "{path}");
        if pages == 2 {
            let newer = vec![found("price_limit", "error", Some("600519.SH"), Some("2026-04-28"))];
            record(&mut writer, &["price_limit"], newer, minute(3));
            writer.publish(minute(11)).unwrap();
            eventually("the next generation is served", async || {
                checks(&app, "check=price_limit").await == ["price_limit"]
            })
            .await;
        }
        let (rows, next) = page(&app, &path).await;
        walked.extend(rows);
        following = next;
        pages += 1;
    }
    assert_eq!((pages, walked.len()), (4, 2 * EACH + 1), "and the day that is withheld");
    let ids: BTreeSet<&str> = walked.iter().map(|row| row.id.as_str()).collect();
    assert_eq!(ids.len(), walked.len(), "none twice");
    assert!(walked.is_sorted_by(|a, b| (&a.found_at, &a.id) > (&b.found_at, &b.id)));
    let (first, _) = page(&app, &format!("{PATH}?limit=1")).await;
    assert_eq!(first[0].check, "price_limit", "it is on the first page of whoever asks now");
    // A page that ends with the last row has no next one.
    let (whole, next) = page(&app, &format!("{PATH}?check=ohlc_order&limit=1000")).await;
    let (rest, last) = page(&app, &next.unwrap()).await;
    assert_eq!((whole.len(), rest.len(), last), (1_000, 250, None));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn open_findings_are_counted_in_the_status_and_the_metrics_until_they_are_gone() {
    let market = Market::of_bars_only();
    let mut writer = market::writer(market.root());
    // No other test has findings of this check: the process has one set of metrics.
    let findings = || (0..3).map(|number| found("stale_repeat", "warning", Some(&nth(number)), Some("2026-04-28")));
    record(&mut writer, &["stale_repeat"], findings().collect(), minute(1));
    writer.publish(minute(2)).unwrap();
    let app = TestApp::over(&market.published()).start().await;
    let status: Value = app.json("/quality/status").await;
    let by_check = json!({"incomplete_day": 1, "stale_repeat": 3});
    let by_severity = json!({"error": 1, "warning": 3});
    assert_eq!(
        status["findings"],
        json!({"by_severity": by_severity, "by_check": by_check, "quarantined": 0}),
        "the day that is withheld is the error"
    );
    let gauge = async |value: &str| {
        let text = app.request(reqwest::Method::GET, "/metrics").send().await.unwrap().text().await.unwrap();
        text.contains(&format!("\nquality_open_findings{{check=\"stale_repeat\",severity=\"warning\"}} {value}\n"))
    };
    assert!(gauge("3").await);
    record(&mut writer, &["stale_repeat"], Vec::new(), minute(3));
    writer.publish(minute(4)).unwrap();
    eventually("the gauge stands at zero", async || gauge("0").await).await;
    let status: Value = app.json("/quality/status").await;
    assert_eq!(status["findings"]["by_check"], json!({"incomplete_day": 1}));
}

#[tokio::test]
async fn an_answer_holds_until_the_next_generation_and_an_error_never_is_one() {
    let app = logged().await;
    for path in [PATH, "/quality/logs?code=000001.SZ", "/quality/logs?open=true&limit=1"] {
        let etag = app.get(path).await.headers()["etag"].clone();
        let ask = |path: &str| {
            let request = app.request(reqwest::Method::GET, path).bearer_auth(crate::app::OPERATOR);
            request.header("if-none-match", etag.clone()).send()
        };
        assert_eq!(ask(path).await.unwrap().status(), 304, "{path}");
        assert_eq!(problem(ask("/quality/logs?code=600000.SH").await.unwrap()).await["status"], 404);
        assert_eq!(problem(ask("/quality/logs?severity=bad").await.unwrap()).await["status"], 400);
    }
    app.clock.advance(TimeDelta::minutes(1));
    assert_eq!(app.get(PATH).await.headers()["x-generation-age-seconds"], "1260");
}
