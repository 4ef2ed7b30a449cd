//! Faults and calls over HTTP, for tests whose daemons are other processes.

use serde_json::{Value, json};

use crate::harness::Sim;

async fn post(sim: &Sim, body: Value) -> u16 {
    let request = sim.client.post(format!("{}/_sim/faults", sim.server.url));
    let request = request.header("content-type", "application/json").body(body.to_string());
    request.send().await.expect("an answer").status().as_u16()
}

#[tokio::test]
async fn faults_can_be_set_read_and_cleared_over_http() {
    let sim = Sim::start().await;
    let several = json!([
        {"function": "macro_china_lpr", "calls": 1, "fault": {"key_error": "data"}},
        {"fault": "text_numbers"},
        {"function": "macro_china_lpr", "fault": {"rename_column": {"from": "LPR1Y", "to": "LPR"}}}
    ]);
    assert_eq!(post(&sim, several).await, 204);
    assert_eq!(post(&sim, json!({"calls": 3, "fault": {"too_many_requests": null}, "function": "x"})).await, 204);
    assert!((400..500).contains(&post(&sim, json!({"fault": "meteorite"})).await));
    let rules: Value = serde_json::from_str(&sim.text("/_sim/faults").await.1).unwrap();
    assert_eq!(rules.as_array().unwrap().len(), 4);
    assert_eq!(sim.text("/api/public/macro_china_lpr").await.0, 404);
    let rows = sim.rows("macro_china_lpr").await;
    assert!(rows[0].contains_key("LPR") && rows[0]["RATE_1"].is_string());
    sim.client.delete(format!("{}/_sim/faults", sim.server.url)).send().await.unwrap();
    assert!(sim.rows("macro_china_lpr").await[0].contains_key("LPR1Y"));

    let calls: Value = serde_json::from_str(&sim.text("/_sim/calls").await.1).unwrap();
    assert_eq!((&calls["total"], &calls["by_function"]["macro_china_lpr"]), (&json!(3), &json!(3)));
    assert_eq!(calls["log"][0]["outcome"], "404");
    sim.client.delete(format!("{}/_sim/calls", sim.server.url)).send().await.unwrap();
    assert_eq!(sim.server.calls().total(), 0);
}
