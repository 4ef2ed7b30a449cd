//! An upstream whose name is gone, and one that refuses connections.

use serde_json::json;
use system_tests::gateway::{GatewaySettings, GatewayStage};

use super::kit::{ask, shares, states};

/// A channel at an address that is no address of anybody.
fn nowhere(priority: i32) -> String {
    format!(
        r#"
[[gateway-proxy.channels]]
name = "nowhere"
dialect = "openai"
base_url = "http://no-such-host.invalid/v1"
key = "sk-nowhere"
models = ["qwen-plus"]
priority = {priority}
rpm = 0
tpm = 0
budget_cny_per_day = "none"
"#
    )
}

/// Keys of a gateway that gives up on a name after a short while, wherever this machine asks for names.
fn patient(keys: usize) -> GatewaySettings {
    GatewaySettings { gateway: "connect_timeout_ms = 500".to_owned(), ..GatewaySettings::keys(keys) }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_whose_name_is_gone_costs_no_caller_anything_and_its_breaker_opens() {
    let stage = GatewayStage::new(GatewaySettings { more: nowhere(1), ..patient(2) }).await;
    let gateway = stage.gateway().await;
    let caller = gateway.caller("research-bot").await;
    let mut attempts = Vec::new();
    for _ in 0..20 {
        let said = caller.chat(json!({})).await;
        assert_eq!(said.status, 200, "{said:?}");
        attempts.push(said.header("x-twilight-attempts").to_owned());
    }
    let attempts = shares(attempts);
    assert!(attempts.get("2").is_some_and(|count| (5..=10).contains(count)), "then the breaker is open: {attempts:?}");
    assert_ne!(states(&gateway).await["nowhere"], "healthy");
    gateway.daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_another_channel_the_caller_is_told_at_once_which_failed_and_why() {
    let stage = GatewayStage::new(GatewaySettings { more: nowhere(0), ..patient(0) }).await;
    let gateway = stage.gateway().await;
    let caller = gateway.caller("research-bot").await;
    let said = caller.chat(json!({})).await;
    assert_eq!((said.status, said.code()), (502, "upstream_failed"), "{said:?}");
    assert!(said.text.contains("nowhere") && !said.text.contains("sk-nowhere"), "{}", said.text);
    gateway.daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_is_down_for_a_while_is_used_again_by_itself() {
    let stage = GatewayStage::new(GatewaySettings::keys(1)).await;
    let gateway = stage.gateway().await;
    let caller = gateway.caller("research-bot").await;
    ask(&caller, 1).await;
    stage.llm.go_down().await;
    let said = caller.chat(json!({})).await;
    assert!(matches!((said.status, said.code()), (502, "upstream_failed")), "{said:?}");
    stage.llm.come_back().await.unwrap();
    ask(&caller, 3).await;
    gateway.daemon.stop().await;
}
