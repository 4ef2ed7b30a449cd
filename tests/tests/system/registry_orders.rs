//! `profile-registry`'s own binary against `gateway-proxy`'s: the tokens of a profile open the gateway for as long as they
//! are paid for, whichever of the two is killed.

use std::process::Command;

use serde_json::{Value, json};
use system_tests::{
    Daemon, binary, eventually,
    gateway::{ADMIN_TOKEN, GatewaySettings, GatewayStage},
};

const OPERATOR: &str = "the-token-of-operators";
const RECIPIENT: &str = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";
const ORDER: &str = "TW2026-0001";

struct Registry {
    daemon: Daemon,
    client: reqwest::Client,
}

impl Registry {
    async fn start(stage: &GatewayStage, gateway: &str) -> Self {
        let (config, state) = (stage.folder().join("registry.toml"), stage.folder().join("registry"));
        let text = format!(
            "[profile-registry]\nlisten = \"127.0.0.1:0\"\nstate = \"{}\"\nadmin_token = \"{OPERATOR}\"\n\
             gateway_url = \"{gateway}\"\ngateway_token = \"{ADMIN_TOKEN}\"\n\
             [[profile-registry.products]]\nname = \"stock-pro\"\ntemplate = \"template-stock-research-pro\"\n\
             amount_fen = 19900\n[queue]\nredis_url = \"{}\"\n",
            state.display(),
            stage.redis.url()
        );
        std::fs::write(&config, text).unwrap();
        let mut command = Command::new(binary("profile-registry"));
        command.arg("--config").arg(config);
        let client = daemon_kit::http::client(&daemon_kit::http::ClientOptions::default()).unwrap();
        Self { daemon: Daemon::start(command).await, client }
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        let request = self.client.post(format!("{}{path}", self.daemon.url)).bearer_auth(OPERATOR).json(&body);
        request.send().await.unwrap().json().await.unwrap()
    }

    async fn order(&self) -> Value {
        let request = self.client.get(format!("{}/orders/{ORDER}", self.daemon.url)).bearer_auth(OPERATOR);
        request.send().await.unwrap().json().await.unwrap()
    }

    async fn until(&self, state: &str) -> Value {
        eventually("the order moves on", async || {
            let order = self.order().await;
            (order["state"] == state).then_some(order)
        })
        .await
    }
}

/// The states of the order's tokens, as the gateway lists them.
async fn tokens(gateway: &str) -> Vec<String> {
    let client = daemon_kit::http::client(&daemon_kit::http::ClientOptions::default()).unwrap();
    let listed = client.get(format!("{gateway}/admin/tokens")).bearer_auth(ADMIN_TOKEN).send().await.unwrap();
    let listed: Value = listed.json().await.unwrap();
    let tokens = listed["tokens"].as_array().unwrap_or_else(|| panic!("{listed}"));
    let ours = tokens.iter().filter(|token| token["id"].as_str().unwrap().starts_with("order@"));
    ours.map(|token| token["state"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_of_a_profile_are_known_to_the_gateway_until_the_money_goes_back() {
    let stage = GatewayStage::new(GatewaySettings::keys(1)).await;
    let gateway = stage.gateway().await;
    let url = gateway.url().to_owned();
    let registry = Registry::start(&stage, &url).await;
    let host = registry.post("/hosts", json!({"name": "mini", "recipient": RECIPIENT})).await;
    assert_eq!(host["name"], "mini", "{host}");
    let order = json!({"out_trade_no": ORDER, "product": "stock-pro", "payer": "wx:wx24:oAbC"});
    let made = registry.post("/provision", order.clone()).await;
    assert_eq!(made["state"], "committed", "{made}");
    assert_eq!(tokens(&url).await, ["valid", "valid"]);
    registry.daemon.kill();

    let registry = Registry::start(&stage, &url).await;
    let again = registry.post("/provision", order).await;
    assert_eq!((&again["state"], &again["commit"]), (&made["state"], &made["commit"]), "{again}");
    assert_eq!(tokens(&url).await.len(), 2);
    registry.post(&format!("/orders/{ORDER}/refund"), json!({})).await;
    registry.until("quarantined").await;
    assert_eq!(tokens(&url).await, ["revoked", "revoked"]);
    registry.daemon.stop().await;
}
