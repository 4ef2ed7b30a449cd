//! What tests and people see of it and do to it.

use serde_json::{Value, json};
use upstream_simulators::SearxngOptions;

use crate::harness::Asker;

#[tokio::test]
async fn config_tells_the_engines_and_the_limiter_and_healthz_is_ok() {
    let asker = Asker::with(SearxngOptions { limiter: Some(9), ..SearxngOptions::out_of_the_box() }).await;
    let config: Value = serde_json::from_slice(&asker.get("/config").await.bytes().await.unwrap()).unwrap();
    let engine = |name: &str| config["engines"].as_array().unwrap().iter().find(|e| e["name"] == name).unwrap().clone();
    assert_eq!((&engine("baidu")["enabled"], &engine("brave")["enabled"]), (&json!(false), &json!(true)));
    assert_eq!(engine("360search")["timeout"], 20.0);
    assert_eq!(config["limiter"]["enabled"], true);
    assert_eq!(asker.get("/healthz").await.text().await.unwrap(), "OK");
}

#[tokio::test]
async fn faults_and_calls_are_reached_from_other_processes() {
    let asker = Asker::new().await;
    let url = format!("{}/_sim/faults", asker.server.url);
    let rules = json!([
        {"calls": 1, "fault": "search_error"},
        {"fault": {"engine": {"engine": "baidu", "failure": "captcha"}}},
        {"q": "b", "fault": {"slow": 1}},
    ]);
    let posted = asker.http.post(&url).header("content-type", "application/json").body(rules.to_string()).send().await;
    assert_eq!(posted.unwrap().status().as_u16(), 204);
    assert_eq!(asker.search("q=a").await.0, 500);
    assert_eq!(asker.search("q=a&engines=baidu").await.1["unresponsive_engines"], json!([["baidu", "CAPTCHA"]]));
    let left: Value = serde_json::from_slice(&asker.get("/_sim/faults").await.bytes().await.unwrap()).unwrap();
    assert_eq!(left.as_array().unwrap().len(), 2);
    asker.http.delete(&url).send().await.unwrap();
    assert!(asker.server.faults().rules().is_empty());
    let calls: Value = serde_json::from_slice(&asker.get("/_sim/calls").await.bytes().await.unwrap()).unwrap();
    assert_eq!((&calls["total"], &calls["log"][1]["named"]), (&json!(2), &json!(["baidu"])));
    asker.http.delete(format!("{}/_sim/calls", asker.server.url)).send().await.unwrap();
    assert!(asker.server.calls().log().is_empty() && asker.server.calls().total() == 2);
}

#[tokio::test]
async fn a_shut_gate_holds_answers_back_and_a_caller_that_hangs_up_is_no_longer_under_way() {
    let asker = Asker::new().await;
    asker.server.gate().shut();
    let request = asker.http.get(format!("{}/search?format=json&q=a", asker.server.url));
    let waiting = tokio::spawn(request.send());
    while asker.server.calls().under_way() == 0 {
        tokio::task::yield_now().await;
    }
    waiting.abort();
    while asker.server.calls().under_way() > 0 {
        tokio::task::yield_now().await;
    }
    asker.server.gate().open();
    assert_eq!(asker.search("q=a").await.0, 200);
    assert_eq!((asker.server.calls().total(), asker.server.calls().most_at_once()), (2, 1));
}

#[tokio::test]
async fn it_goes_down_and_comes_back_on_the_same_address() {
    let asker = Asker::new().await;
    asker.server.go_down().await;
    let url = format!("{}/healthz", asker.server.url);
    assert!(asker.http.get(&url).send().await.is_err());
    asker.server.come_back().await.unwrap();
    assert_eq!(asker.get("/healthz").await.status().as_u16(), 200);
}
