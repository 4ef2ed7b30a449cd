//! `/_sim/*` for tests in other processes.

use reqwest::{Client, Method};
use serde_json::{Value, json};
use upstream_simulators::TdxOptions;

use crate::harness::{self, Sim, thousandths, words};

struct Control {
    http: Client,
    url: String,
}

impl Control {
    fn of(sim: &Sim) -> Self {
        rustls::crypto::ring::default_provider().install_default().unwrap_or_default();
        let http = Client::builder().no_proxy().build().expect("a client");
        Self { http, url: sim.server.control_url.clone().expect("a control port") }
    }

    async fn send(&self, method: Method, path: &str, body: &Value) -> (u16, String) {
        let request = self.http.request(method, format!("{}{path}", self.url));
        let response = request.header("content-type", "application/json").body(body.to_string()).send().await;
        let response = response.expect("an answer");
        (response.status().as_u16(), response.text().await.expect("a body"))
    }

    async fn json(&self, path: &str) -> Value {
        serde_json::from_str(&self.send(Method::GET, path, &Value::Null).await.1).expect("JSON")
    }
}

#[tokio::test]
async fn faults_calls_and_the_socket_are_within_reach_of_other_processes() {
    let sim = Sim::start().await;
    let control = Control::of(&sim);
    let code = sim.steady_code();
    let rules = json!([
        {"method": "bars", "code": code, "after": 1, "calls": 1, "fault": "count_only"},
        {"method": "security_count", "fault": {"slow": 1}},
    ]);
    assert_eq!(control.send(Method::POST, "/_sim/faults", &rules).await.0, 204);
    assert_eq!(control.json("/_sim/faults").await.as_array().unwrap().len(), 2);
    let mut client = sim.client().await;
    assert_eq!(client.bars(&code, 9, 0, 3).await.len(), 3);
    let payload = harness::bars_payload(&code, 9, 0, 3);
    assert_eq!(client.ask(0x052d, &payload).await.unwrap().wire, [3, 0]);
    client.call(0x044e, &words(&[1, 0, 0])).await;

    let calls = control.json("/_sim/calls").await;
    assert_eq!(
        (&calls["total"], &calls["by_method"]["bars"], &calls["connections"]),
        (&json!(3), &json!(2), &json!(1))
    );
    assert_eq!(calls["log"][1]["outcome"], "count_only");
    assert_eq!(control.send(Method::DELETE, "/_sim/calls", &Value::Null).await.0, 204);
    assert_eq!(control.send(Method::DELETE, "/_sim/faults", &Value::Null).await.0, 204);
    assert_eq!((sim.server.calls().total(), sim.server.faults().rules().len()), (0, 0));

    assert_eq!(control.send(Method::POST, "/_sim/down", &Value::Null).await.0, 204);
    assert!(harness::Client::connect(&sim.server.host).await.is_err());
    assert_eq!(control.send(Method::POST, "/_sim/up", &Value::Null).await.0, 204);
    assert_eq!(sim.client().await.bars(&code, 9, 0, 3).await.len(), 3);
}

#[tokio::test]
async fn history_is_revised_over_the_control_port() {
    let sim = Sim::start().await;
    let control = Control::of(&sim);
    let code = sim.steady_code();
    let mut bar = sim.market().bars(&code).pop().unwrap();
    bar.high += 2.0;
    let body = serde_json::to_value(&bar).unwrap();
    assert_eq!(control.send(Method::POST, "/_sim/revisions", &body).await.0, 204);
    let action = json!({"code": code, "ex_date": "2024-04-09", "announced": null, "cash_per_10": 1.25,
        "bonus_per_10": 0.0, "rights_per_10": 0.0, "rights_price": 0.0});
    assert_eq!(control.send(Method::POST, "/_sim/actions", &action).await.0, 204);
    let mut client = sim.client().await;
    assert_eq!(client.bars(&code, 9, 0, 1).await[0].prices[1], thousandths(bar.high));
    let last = client.xdxr(&code).await.pop().unwrap();
    assert_eq!((last.0, last.2), (harness::date("2024-04-09"), [1.25, 0.0, 0.0, 0.0]));
}

#[tokio::test]
async fn the_control_port_can_be_left_out() {
    let sim = Sim::with(TdxOptions { control: false, ..TdxOptions::default() }).await;
    assert_eq!(sim.server.control_url, None);
    assert_eq!(sim.client().await.bars(&sim.steady_code(), 9, 0, 3).await.len(), 3);
}
