//! A registry with profiles that somebody edits, and orders that wait for one thing or another.

use std::process::Command;

use serde_json::{Value, json};

use super::GatewaySite;
use crate::{Daemon, binary, eventually, gateway::ADMIN_TOKEN};

/// The operators' token.
pub const OPERATOR_TOKEN: &str = "the-token-of-operators";
/// What a host's secrets are sealed to.
const RECIPIENT: &str = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";

/// A running registry.
pub struct RegistrySite {
    /// Its process.
    pub daemon: Daemon,
    /// A profile that was edited after it was made, and the commit that made it.
    pub edited: (String, String),
    /// An order that waits for its host.
    pub waiting: String,
    /// An order that nobody has paid.
    pub expected: String,
    /// An order that cannot go on.
    pub parked: String,
    client: reqwest::Client,
}

impl RegistrySite {
    /// Starts one that makes its profiles known to this gateway, and fills it.
    pub async fn start(gateway: &GatewaySite) -> Self {
        let (config, state) = (gateway.stage.folder().join("registry.toml"), gateway.stage.folder().join("registry"));
        let text = format!(
            r#"[profile-registry]
listen = "127.0.0.1:0"
state = "{}"
admin_token = "{OPERATOR_TOKEN}"
gateway_url = "{}"
gateway_token = "{ADMIN_TOKEN}"

[[profile-registry.products]]
name = "stock-pro"
template = "template-stock-research-pro"
amount_fen = 19900
channel = "weixin"

[[profile-registry.products]]
name = "crypto-bot"
template = "template-crypto"
amount_fen = 9900
channel = "telegram"

[queue]
redis_url = "{}"

[telemetry]
format = "json"
"#,
            state.display(),
            gateway.gateway.url(),
            gateway.stage.redis.url(),
        );
        std::fs::write(&config, text).unwrap();
        let mut command = Command::new(binary("profile-registry"));
        command.arg("--config").arg(config);
        let client = daemon_kit::http::client(&daemon_kit::http::ClientOptions::default()).unwrap();
        let daemon = Daemon::start(command).await;
        let none = (String::new(), String::new());
        let numbers = ["TW2026-0001", "TW2026-0004", "TW2026-0003"].map(str::to_owned);
        let [waiting, expected, parked] = numbers;
        let mut site = Self { daemon, edited: none, waiting, expected, parked, client };
        site.fill().await;
        site
    }

    async fn fill(&mut self) {
        self.post("/hosts", json!({"name": "mini", "recipient": RECIPIENT})).await;
        let order = |number: &str, product: &str, payer: &str| json!({"out_trade_no": number, "product": product, "payer": payer});
        self.post("/provision", order(&self.waiting, "stock-pro", "wx:wx24:oAbC")).await;
        self.post("/provision", order("TW2026-0002", "stock-pro", "wx:wx24:oXyZ")).await;
        // Its bot comes out of a pool that nobody has filled.
        let mut telegram = order(&self.parked, "crypto-bot", "wx:wx24:oNoP");
        telegram["values"] = json!({"TELEGRAM_USER": "42"});
        self.post("/provision", telegram).await;
        self.post("/orders", json!({"out_trade_no": self.expected, "product": "stock-pro"})).await;
        let made = self.order(&self.waiting).await;
        let text = |name: &str| made[name].as_str().unwrap_or_else(|| panic!("{name}: {made}")).to_owned();
        self.edited = (text("profile"), text("commit"));
        self.edit("SOUL.md", "You are patient.\nYou never promise returns.\n", "A calmer soul").await;
        self.edit("AGENTS.md", "Ask before you act.\n", "Rules").await;
    }

    /// Replaces a file of the edited profile.
    pub async fn edit(&self, path: &str, content: &str, message: &str) {
        use base64::Engine as _;
        let content = base64::engine::general_purpose::STANDARD.encode(content);
        let profile = &self.edited.0;
        let base = self.get(&format!("/profiles/{profile}")).await["content_id"].clone();
        let body = json!({"base": base, "message": message, "changes": [{"path": path, "content": content}]});
        let landed = self.post(&format!("/profiles/{profile}/commits"), body).await;
        assert!(landed["commit"].is_string(), "{landed}");
    }

    /// What `SOUL.md` of the edited profile says.
    pub async fn soul(&self) -> String {
        use base64::Engine as _;
        let content = self.get(&format!("/profiles/{}/content", self.edited.0)).await;
        let files = content["files"].as_array().unwrap_or_else(|| panic!("{content}"));
        let soul = files.iter().find(|file| file["path"] == "SOUL.md").unwrap_or_else(|| panic!("{content}"));
        let bytes = base64::engine::general_purpose::STANDARD.decode(soul["content"].as_str().unwrap()).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    /// An order as the API tells it.
    pub async fn order(&self, number: &str) -> Value {
        self.get(&format!("/orders/{number}")).await
    }

    /// Waits until an order is in this state.
    pub async fn until(&self, number: &str, state: &str) {
        eventually(&format!("{number} is {state}"), async || {
            (self.order(number).await["state"] == state).then_some(())
        })
        .await;
    }

    /// The body of a `GET` as an operator.
    pub async fn get(&self, path: &str) -> Value {
        let request = self.client.get(format!("{}{path}", self.daemon.url)).bearer_auth(OPERATOR_TOKEN);
        request.send().await.unwrap().json().await.unwrap()
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        let request = self.client.post(format!("{}{path}", self.daemon.url)).bearer_auth(OPERATOR_TOKEN).json(&body);
        let answer = request.send().await.unwrap();
        let (status, said) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "POST {path}: {status} {said}");
        serde_json::from_str(&said).unwrap_or_default()
    }
}
