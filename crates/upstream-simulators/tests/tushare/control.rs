//! Faults and calls over HTTP, for tests whose daemons are other processes.

use serde_json::{Value, json};
use upstream_simulators::TushareOptions;

use crate::harness::{Sim, date, rows};

async fn get(sim: &Sim, path: &str) -> Value {
    let response = sim.client.get(format!("{}{path}", sim.server.url)).send().await.expect("an answer");
    serde_json::from_str(&response.text().await.expect("a body")).expect("JSON")
}

#[tokio::test]
async fn faults_can_be_set_read_and_cleared_over_http() {
    let sim = Sim::start().await;
    let several = json!([
        {"api": "daily", "calls": 1, "fault": {"refuse": {"per_minute": 500}}},
        {"fault": "null_msg"},
        {"api": "daily", "fault": {"rename_column": {"from": "vol", "to": "volume"}}},
        {"fault": {"slow": 1}}
    ]);
    assert_eq!(sim.post("/_sim/faults", &several).await.unwrap().status(), 204);
    assert_eq!(sim.post("/_sim/faults", &json!({"calls": 3, "fault": "no_has_more"})).await.unwrap().status(), 204);
    assert!(sim.post("/_sim/faults", &json!({"fault": "meteorite"})).await.unwrap().status().is_client_error());
    assert_eq!(get(&sim, "/_sim/faults").await.as_array().unwrap().len(), 5);
    assert_eq!(sim.call("daily", json!({"trade_date": "20240301"}), "").await["code"], 40203);
    let answer = sim.call("daily", json!({"trade_date": "20240301"}), "").await;
    assert_eq!(answer["msg"], Value::Null);
    assert!(rows(&answer)[0].contains_key("volume"));
    sim.client.delete(format!("{}/_sim/faults", sim.server.url)).send().await.unwrap();
    assert_eq!(sim.call("daily", json!({"trade_date": "20240301"}), "").await["msg"], "");

    let calls = get(&sim, "/_sim/calls").await;
    assert_eq!((&calls["total"], &calls["by_api"]["daily"]), (&json!(3), &json!(3)));
    assert_eq!(calls["log"][0]["outcome"], "40203");
}

#[tokio::test]
async fn bars_can_be_revised_over_http() {
    let sim = Sim::start().await;
    let mut bar = sim.market().bar(&"600519.SH".parse().unwrap(), date("2024-03-01")).unwrap();
    bar.volume += 100;
    assert_eq!(sim.post("/_sim/revisions", &serde_json::to_value(&bar).unwrap()).await.unwrap().status(), 204);
    let rows = sim.rows("daily", json!({"ts_code": "600519.SH", "trade_date": "20240301"}), "vol").await;
    assert_eq!(rows[0]["vol"], bar.volume as f64 / 100.0);
    assert_eq!(get(&sim, "/_sim/market").await["bars"], sim.market().bar_count());
}

#[tokio::test]
async fn a_cell_can_be_damaged_over_http() {
    let sim = Sim::start().await;
    let damage = json!({"code": "600519.SH", "date": "2024-03-01", "column": "close", "to": {"value": 0}});
    let rule = json!({"api": "daily", "fault": {"damage": damage}});
    assert_eq!(sim.post("/_sim/faults", &rule).await.unwrap().status(), 204);
    let rows = sim.rows("daily", json!({"ts_code": "600519.SH", "start_date": "20240229"}), "trade_date,close").await;
    let zero: Vec<&Value> = rows.iter().filter(|row| row["close"] == 0).map(|row| &row["trade_date"]).collect();
    assert_eq!(zero, ["20240301"]);
}

#[tokio::test]
async fn control_can_be_switched_off() {
    let sim = Sim::with(TushareOptions { control: false, ..TushareOptions::default() }).await;
    let response = sim.client.get(format!("{}/_sim/calls", sim.server.url)).send().await.unwrap();
    assert_eq!(response.status(), 404);
}
