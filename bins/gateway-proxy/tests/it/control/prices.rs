//! The price table: edited while the gateway runs, and broken.

use reqwest::Method;
use serde_json::json;
use upstream_simulators::{LlmDialect, LlmOptions};

use super::kit::{Operated, eventually};

fn row(input: &str) -> String {
    format!("[[prices]]\nmodel = \"qwen-*\"\nfrom = \"2026-01-01\"\ninput = \"{input}\"\noutput = \"0\"\n")
}

impl Operated {
    fn write_prices(&self, text: &str) {
        std::fs::write(self.folder.path().join("prices.toml"), text).unwrap();
    }

    async fn reload(&self) -> u16 {
        self.ask(Method::POST, "/admin/prices/reload", None).await.status
    }

    /// What the next request costs a token of its prompt, nano-yuan.
    async fn price(&self) -> i64 {
        assert_eq!(self.chat().await.0, 200);
        let told = self.get("/admin/requests?limit=1").await;
        let charge = &told["requests"][0]["charges"][0];
        let cny: route_policy::Cny = charge["cny"].as_str().unwrap().parse().unwrap();
        cny.nano() / charge["input_tokens"].as_i64().unwrap()
    }
}

#[tokio::test]
async fn an_edited_table_prices_the_next_request() {
    let gateway = Operated::over(LlmOptions::with_keys(LlmDialect::DashScope, 1)).await;
    let told = gateway.get("/admin/prices").await;
    assert_eq!((&told["origin"], &told["unpriced"]), (&json!("default"), &json!(["qwen-plus"])));
    gateway.write_prices(&row("3"));
    assert_eq!(gateway.reload().await, 200);
    assert_eq!(gateway.price().await, 3_000);
    gateway.write_prices(&row("4"));
    assert_eq!(gateway.reload().await, 200);
    assert_eq!(gateway.price().await, 4_000);
    let told = gateway.get("/admin/prices").await;
    assert_eq!(
        (&told["origin"], &told["prices"][0]["input"], &told["unpriced"]),
        (&json!("file"), &json!("4"), &json!([]))
    );
}

#[tokio::test]
async fn a_table_is_found_without_being_told() {
    let gateway = Operated::over(LlmOptions::with_keys(LlmDialect::DashScope, 1)).await;
    gateway.write_prices(&row("5"));
    eventually("the table is in use", async || (gateway.get("/admin/prices").await["origin"] == "file").then_some(()))
        .await;
    assert_eq!(gateway.price().await, 5_000);
}

#[tokio::test]
async fn a_bad_table_keeps_the_last_good_one_in_use_and_says_what_is_wrong_also_after_a_restart() {
    let mut gateway = Operated::over(LlmOptions::with_keys(LlmDialect::DashScope, 1)).await;
    gateway.write_prices(&row("3"));
    assert_eq!(gateway.reload().await, 200);
    gateway.write_prices(&row("3").replace("input = \"3\"", "input = \"three\""));
    let refused = gateway.ask(Method::POST, "/admin/prices/reload", None).await;
    assert_eq!(refused.refusal(), (409, "bad-prices"));
    assert!(refused.body["detail"].as_str().unwrap().contains("line 4"), "{refused:?}");
    assert_eq!(gateway.price().await, 3_000);
    gateway.restart().await;
    let told = gateway.get("/admin/prices").await;
    assert_eq!(told["origin"], "last_good");
    assert!(told["trouble"]["problem"].as_str().unwrap().contains("line 4"), "{told}");
    assert_eq!(gateway.price().await, 3_000);
}
