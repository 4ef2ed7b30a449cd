//! `/quality/quarantine`.

use reqwest::header::LINK;
use serde_json::Value;
use warehouse_api::openapi::QuarantinedBody;

use crate::{app::TestApp, findings::quarantined};

const PATH: &str = "/quality/quarantine";

async fn rules(app: &TestApp, query: &str) -> Vec<String> {
    let mut rows: Vec<QuarantinedBody> = app.json(&format!("{PATH}?{query}")).await;
    rows.sort_by(|a, b| a.rule.cmp(&b.rule));
    rows.into_iter().map(|row| row.rule).collect()
}

#[tokio::test]
async fn a_refused_row_is_listed_with_the_rule_the_value_and_its_lineage() {
    let app = quarantined().await;
    let mut row: Value = app.json(&format!("{PATH}?rule=nonpositive_price")).await;
    let id = row[0]["id"].take();
    assert!(id.as_str().is_some_and(|id| id.len() == 32), "{id}");
    insta::assert_json_snapshot!(row, @r#"
    [
      {
        "candidate": {
          "adj_factor": null,
          "amount": 11960000.0,
          "close": 0.0,
          "code": "000001.SZ",
          "high": 12.19,
          "low": 0.0,
          "open": 11.89,
          "pre_close": 11.88,
          "trade_date": "2026-04-28",
          "volume": 1002800
        },
        "code": "000001.SZ",
        "dataset": "normalized_daily",
        "decided_at": null,
        "decided_by": null,
        "id": null,
        "note": null,
        "quarantined_at": "2026-04-29T19:01:00+08:00",
        "raw_id": 164,
        "raw_row": 1,
        "reason": "`low` is zero or negative",
        "rule": "nonpositive_price",
        "source": "tushare",
        "state": "held",
        "trade_date": "2026-04-28",
        "value": "low=0"
      }
    ]
    "#);
}

#[tokio::test]
async fn every_filter_narrows() {
    let app = quarantined().await;
    for (query, expected) in [
        ("", &["nonpositive_price", "schema"][..]),
        ("state=held", &["nonpositive_price", "schema"]),
        ("state=released", &[]),
        ("source=tushare", &["nonpositive_price", "schema"]),
        ("source=tdx", &[]),
        ("rule=schema", &["schema"]),
        ("code=000001.SZ", &["nonpositive_price"]),
        ("dataset=daily&rule=schema", &["schema"]),
        ("dataset=nothing", &[]),
    ] {
        assert_eq!(rules(&app, query).await, expected, "{query}");
    }
}

#[tokio::test]
async fn pages_follow_their_links() {
    let app = quarantined().await;
    let mut path = format!("{PATH}?limit=1");
    let mut ids = Vec::new();
    loop {
        let response = app.get(&path).await;
        let link = response.headers().get(LINK).map(|link| link.to_str().unwrap().to_owned());
        let rows: Vec<QuarantinedBody> = response.json().await.unwrap();
        ids.extend(rows.into_iter().map(|row| row.id));
        let Some(link) = link else { break };
        path = link.trim_start_matches('<').trim_end_matches(">; rel=\"next\"").to_owned();
    }
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 2);
}

#[tokio::test]
async fn one_entry_shows_the_row_as_the_vendor_sent_it() {
    let app = quarantined().await;
    let rows: Vec<QuarantinedBody> = app.json(&format!("{PATH}?rule=nonpositive_price")).await;
    let path = format!("{PATH}/{}", rows[0].id);
    let text = app.text(&path).await;
    let body: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&body["rule"], &body["state"]), (&"nonpositive_price".into(), &"held".into()));
    assert!(text.contains(r#""row":["000001.SZ","20260428","#) && text.contains(",0.0]"), "verbatim: {text}");
    insta::assert_json_snapshot!(body["raw"], {".row" => "…"}, @r#"
    {
      "dataset": "daily",
      "fetched_at": "2026-04-29T19:01:00+08:00",
      "fields": [
        "ts_code",
        "trade_date",
        "open",
        "close"
      ],
      "http_status": 200,
      "request": {
        "api_name": "daily",
        "params": {
          "trade_date": "20260428"
        }
      },
      "row": "…"
    }
    "#);
    let etag = app.get(&path).await.headers()["etag"].clone();
    let again = app.request(reqwest::Method::GET, &path).bearer_auth(crate::app::OPERATOR);
    assert_eq!(again.header("if-none-match", etag).send().await.unwrap().status(), 304);
}

#[tokio::test]
async fn what_is_not_there_or_makes_no_sense_is_refused() {
    let app = quarantined().await;
    let unknown = app.problem(&format!("{PATH}/ffffffffffffffffffffffffffffffff")).await;
    assert_eq!((&unknown["status"], &unknown["type"]), (&404.into(), &"urn:twilight:problem:unknown-entry".into()));
    for (query, field, told) in [
        ("state=gone", "state", "`gone` is no value of `state`"),
        ("rule=shema", "rule", "there is no rule `shema`: did you mean `schema`?"),
        ("code=000001", "code", "`000001` names no exchange: write one of the candidates"),
        ("cursor=x", "cursor", "`x` is no cursor: take the one in the `Link` header of the page before"),
        ("check=schema", "check", "there is no parameter `check` here"),
    ] {
        let problem = app.problem(&format!("{PATH}?{query}")).await;
        let text = |member: &str| problem[member].as_str().unwrap_or_default().to_owned();
        assert_eq!((problem["status"].as_u64(), text("field"), text("detail")), (Some(400), field.into(), told.into()));
    }
    let parameter = app.problem(&format!("{PATH}/abc?state=held")).await;
    assert_eq!(parameter["type"], "urn:twilight:problem:unknown-parameter");
}
