//! The gauges of channels, which stand until they are set again.

use reqwest::Method;
use serde_json::json;
use upstream_simulators::{LlmDialect, LlmOptions};

use super::kit::{Operated, eventually};

/// Waits for a gauge of a channel.
async fn gauge(gateway: &Operated, name: &str, channel: &str, value: &str) {
    let line = format!("gateway_channel_{name}{{channel=\"{channel}\"}} {value}");
    eventually(&line, async || gateway.metrics().await.lines().any(|told| told == line).then_some(())).await;
}

#[tokio::test]
async fn every_gauge_tells_its_own_number() {
    let mut gateway = Operated::over(LlmOptions::with_keys(LlmDialect::OpenAi, 1)).await;
    gateway.stop().await;
    let name = format!("measured-{}", gateway.base.rsplit(':').next().unwrap());
    gateway.text = gateway.text.replace("name = \"key-1\"", &format!("name = \"{name}\""));
    gateway.begin().await;
    for _ in 0..3 {
        assert_eq!(gateway.chat().await.0, 200);
    }
    let told = gateway.channel(&name).await;
    let number = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    assert_eq!(number(&told["rpm"]["used"]), "3");
    for (of_it, value) in [
        ("requests_minute", &told["rpm"]["used"]),
        ("tokens_minute", &told["tpm"]["used"]),
        ("in_flight", &json!(0)),
        ("budget_settled_cny", &told["budget"]["settled_cny"]),
        ("budget_reserved_cny", &told["budget"]["reserved_cny"]),
        ("budget_leased_cny", &told["budget"]["leased_cny"]),
        ("budget_limit_cny", &json!("500")),
    ] {
        gauge(&gateway, of_it, &name, &number(value)).await;
    }
    assert_ne!((&told["rpm"]["used"], &json!("0")), (&told["tpm"]["used"], &told["budget"]["settled_cny"]));
}

#[tokio::test]
async fn a_budget_without_a_bound_and_a_channel_that_was_removed_are_told() {
    let gateway = Operated::over(LlmOptions::with_keys(LlmDialect::OpenAi, 1)).await;
    let port = gateway.base.rsplit(':').next().unwrap();
    // The metrics are the process's: names that no other test has.
    let (unbounded, gone) = (format!("unbounded-{port}"), format!("gone-{port}"));
    for name in [&unbounded, &gone] {
        let wanted = json!({"name": name, "key": "sk-sim-key-1", "dialect": "openai", "models": ["m"],
                            "base_url": gateway.llm.base_url(), "budget_cny_per_day": "7"});
        gateway.post("/admin/channels", wanted).await;
    }
    gauge(&gateway, "budget_limit_cny", &unbounded, "7").await;
    gauge(&gateway, "healthy", &gone, "1").await;
    gateway.change(&unbounded, json!({"budget_cny_per_day": "none"})).await;
    gateway.ask(Method::DELETE, &format!("/admin/channels/{gone}"), None).await;
    gauge(&gateway, "budget_limit_cny", &unbounded, "inf").await;
    for of_it in ["budget_limit_cny", "budget_leased_cny", "healthy"] {
        gauge(&gateway, of_it, &gone, "0").await;
    }
}
