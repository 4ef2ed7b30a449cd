//! Our books beside the accounts' own balances.

use chrono::TimeDelta;
use route_policy::Cny;
use serde_json::{Value, json};
use upstream_simulators::{LlmDialect, LlmKey, LlmOptions, LlmPrice};

use super::kit::{Operated, eventually};

/// ¥1 a token, so that nothing is rounded.
const DEAR: LlmPrice = LlmPrice { input: 1_000_000_000, cached_input: 1_000_000_000, output: 1_000_000_000 };
const OURS: &str = "[[prices]]\nmodel = \"*\"\nfrom = \"2026-01-01\"\ninput = \"1000000\"\noutput = \"1000000\"\n";

async fn gateway() -> Operated {
    gateway_of("main").await
}

/// With two keys of `account`. Metrics are the process's: who looks at them has an account of their own.
async fn gateway_of(account: &str) -> Operated {
    let keys = vec![LlmKey::new("key-1").on(account), LlmKey::new("key-2").on(account)];
    let llm = LlmOptions { price: DEAR, keys, dialect: LlmDialect::SiliconFlow, ..LlmOptions::default() };
    let gateway = Operated::over(llm).await;
    std::fs::write(gateway.folder.path().join("prices.toml"), OURS).unwrap();
    gateway.post("/admin/prices/reload", json!({})).await;
    gateway
}

fn cny(value: &Value) -> Cny {
    value.as_str().unwrap_or_else(|| panic!("{value}")).parse().unwrap()
}

impl Operated {
    async fn reconcile(&self) -> Value {
        let told = self.post("/admin/reconcile", json!({})).await;
        assert_eq!(told["accounts"].as_array().unwrap().len(), 1, "{told}");
        told["accounts"][0].clone()
    }
}

#[tokio::test]
async fn what_was_charged_is_what_the_account_lost_over_hours_and_restarts() {
    let mut gateway = gateway().await;
    let first = gateway.reconcile().await;
    assert_eq!((&first["account"], &first["drift_cny"]), (&json!("main"), &Value::Null));
    for minutes in [0, 20, 59, 1, 90] {
        gateway.clock.advance(TimeDelta::minutes(minutes));
        assert_eq!(gateway.chat().await.0, 200);
        assert_eq!(gateway.chat().await.0, 200);
        if minutes == 59 {
            gateway.restart().await;
        }
        let reading = gateway.reconcile().await;
        assert!(cny(&reading["fell_cny"]) > Cny::ZERO, "{reading}");
        assert_eq!((&reading["fell_cny"], &reading["drift_cny"]), (&reading["booked_cny"], &json!("0")), "{reading}");
    }
    let idle = gateway.reconcile().await;
    assert_eq!((&idle["fell_cny"], &idle["booked_cny"], &idle["drift_cny"]), (&json!("0"), &json!("0"), &json!("0")));
}

#[tokio::test]
async fn what_somebody_else_spent_on_the_account_is_the_drift_told_as_number_metric_and_entry() {
    let gateway = gateway_of("robbed").await;
    gateway.reconcile().await;
    let body = json!({"model": "qwen-plus", "max_tokens": 3, "messages": [{"role": "user", "content": "hi"}]});
    let url = format!("{}/chat/completions", gateway.llm.base_url());
    let stolen = gateway.client.post(url).bearer_auth("sk-sim-key-2").json(&body).send().await.unwrap();
    assert!(stolen.status().is_success());
    let lost = Cny::from_nano(gateway.llm.billed_nano());
    let reading = gateway.reconcile().await;
    assert_eq!((cny(&reading["drift_cny"]), cny(&reading["booked_cny"])), (lost, Cny::ZERO), "{reading}");
    let line = format!("gateway_balance_drift_cny{{account=\"robbed\"}} {lost}");
    eventually("the drift is a metric", async || gateway.metrics().await.contains(&line).then_some(())).await;
    let audit = gateway.get("/admin/audit?action=account.reconcile").await;
    assert_eq!(audit["entries"][0]["after"]["drift_cny"], reading["drift_cny"]);
}

#[tokio::test]
async fn an_account_that_does_not_tell_is_named_and_so_is_one_that_does_not_answer() {
    let silent = Operated::over(LlmOptions::with_keys(LlmDialect::DashScope, 1)).await;
    let told = silent.post("/admin/reconcile", json!({})).await;
    assert_eq!(told, json!({"accounts": [], "unread": {}, "silent": ["key-1"]}));
    let gateway = gateway().await;
    gateway.llm.faults().kill_key("key-1");
    assert_eq!(gateway.reconcile().await["account"], "main", "another key of the account is asked");
    gateway.llm.go_down().await;
    let told = gateway.post("/admin/reconcile", json!({})).await;
    assert!(told["unread"]["main"].as_str().is_some_and(|problem| !problem.is_empty()), "{told}");
}
