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
async fn a_change_of_prices_is_in_the_audit_log_with_its_rows_also_one_made_while_nobody_looked() {
    let mut gateway = Operated::over(LlmOptions::with_keys(LlmDialect::DashScope, 1)).await;
    let entries = async |gateway: &Operated| -> Vec<serde_json::Value> {
        gateway.get("/admin/audit?action=prices.change").await["entries"].as_array().unwrap().clone()
    };
    gateway.write_prices(&row("3"));
    assert_eq!(gateway.reload().await, 200);
    eventually("the audit log has it", async || (!entries(&gateway).await.is_empty()).then_some(())).await;
    let first = entries(&gateway).await.remove(0);
    assert_eq!((&first["before"], &first["after"]["rows"]), (&json!({"rows": 0, "gone": []}), &json!(1)));
    // Whoever comes first reads it: the operator, or the look every two seconds.
    assert!(["operator", "gateway"].contains(&first["actor"].as_str().unwrap()), "{first}");
    assert_eq!(gateway.reload().await, 200);
    gateway.write_prices("broken");
    assert_eq!(gateway.reload().await, 409);
    gateway.restart().await;
    assert_eq!(entries(&gateway).await.len(), 1, "nothing else has changed");
    gateway.stop().await;
    gateway.write_prices(&(row("3") + &row("7").replace("qwen-*", "glm-*")));
    gateway.begin().await;
    let told = entries(&gateway).await;
    assert_eq!(told.len(), 2);
    assert_eq!((&told[0]["actor"], &told[0]["after"]["rows"]), (&json!("gateway"), &json!(2)));
    let new = told[0]["after"]["new"].as_array().unwrap();
    assert_eq!((new.len(), &new[0]["model"], &new[0]["input"]), (1, &json!("glm-*"), &json!("7")));
    assert_eq!(told[0]["before"]["gone"], json!([]));
}

#[tokio::test]
async fn a_price_for_another_channel_or_of_a_day_to_come_is_none_yet() {
    let gateway = Operated::over(LlmOptions::with_keys(LlmDialect::DashScope, 1)).await;
    for (line, unpriced) in
        [("channel = \"key-9\"\n", json!(["qwen-plus"])), ("channel = \"key-1\"\n", json!([])), ("", json!([]))]
    {
        gateway.write_prices(&row("3").replace("input", &format!("{line}input")));
        assert_eq!(gateway.reload().await, 200);
        assert_eq!(gateway.get("/admin/prices").await["unpriced"], unpriced, "{line}");
    }
    gateway.write_prices(&row("3").replace("2026-01-01", "2026-11-24"));
    assert_eq!(gateway.reload().await, 200);
    assert_eq!(gateway.get("/admin/prices").await["unpriced"], json!(["qwen-plus"]));
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
