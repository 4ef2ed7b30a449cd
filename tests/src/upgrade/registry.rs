//! The registry: an order that was paid, its profile in git, its secrets, and the host that has them.

use std::{fs, process::Command};

use serde_json::{Value, json};

use super::Site;
use crate::{
    Daemon, eventually,
    gateway::{ADMIN_TOKEN, Caller, Gateway},
};

const OPERATOR: &str = "the-token-of-operators";
const ORDER: &str = "TW2026-0001";
const BOT: &str = "123456789:AAF0rZ0Jc2hDqVbT3m9sYx8uKq1LwEoPn5I";
/// The variable with the profile's token of the gateway.
const TOKEN: &str = "TWILIGHT_GATEWAY_TOKEN";

struct Registry {
    daemon: Daemon,
    client: reqwest::Client,
}

pub(super) async fn write(site: &Site, gateway: &Gateway) -> Value {
    let registry = Registry::start(site, gateway).await;
    registry.post("/pools/telegram_bot", json!({ "values": [BOT] }), 200).await;
    let made: Value = serde_json::from_str(&site.done(host(site, &registry, None, &["init", "--json"])).await).unwrap();
    let named = json!({ "name": "mini", "recipient": made["recipient"] });
    let token = registry.post("/hosts", named, 201).await["token"].as_str().unwrap().to_owned();
    registry.buys(ORDER).await;
    site.done(host(site, &registry, Some(&token), &["sync"])).await;
    let order = registry.until(ORDER, "alive").await;
    let profile = order["profile"].as_str().unwrap().to_owned();
    registry.daemon.stop().await;
    json!({ "profile": profile, "host_token": token, "head": git(site, &["rev-parse", "main"]),
            "owners": git(site, &["show", "main:OWNERS"]), "token": variable(site, &profile, TOKEN) })
}

pub(super) async fn goes_on(site: &Site, gateway: &Gateway, written: &Value) {
    let registry = Registry::start(site, gateway).await;
    assert_eq!(json!(git(site, &["rev-parse", "main"])), written["head"]);
    assert_eq!(json!(git(site, &["show", "main:OWNERS"])), written["owners"]);
    git(site, &["fsck", "--strict", "--full"]);
    let (profile, token) = (written["profile"].as_str().unwrap(), written["host_token"].as_str().unwrap());
    assert_eq!(registry.until(ORDER, "alive").await["profile"], profile);

    // What the version before sealed is opened, sealed to the host and delivered once more.
    fs::remove_file(env(site, profile)).unwrap();
    site.done(host(site, &registry, Some(token), &["sync"])).await;
    assert_eq!(variable(site, profile, "TELEGRAM_BOT_TOKEN"), BOT);
    let delivered = variable(site, profile, TOKEN);
    assert_eq!(json!(delivered), written["token"]);
    let caller = Caller::new(gateway.url(), &delivered, registry.client.clone());
    assert_eq!(caller.chat(json!({})).await.status, 200, "and it opens the gateway");

    // The next customer.
    registry.post("/pools/telegram_bot", json!({ "values": [BOT.replace('1', "2")] }), 200).await;
    registry.buys("TW2026-0002").await;
    site.done(host(site, &registry, Some(token), &["sync"])).await;
    let second = registry.until("TW2026-0002", "alive").await;
    assert_ne!(second["profile"], profile);
    git(site, &["fsck", "--strict", "--full"]);
    registry.daemon.stop().await;
}

impl Registry {
    async fn start(site: &Site, gateway: &Gateway) -> Self {
        let text = format!(
            "[queue]\nredis_url = \"{}\"\n[telemetry]\nformat = \"json\"\n[profile-registry]\n\
             listen = \"127.0.0.1:0\"\nstate = \"{}\"\nadmin_token = \"{OPERATOR}\"\ngateway_url = \"{}\"\n\
             gateway_token = \"{ADMIN_TOKEN}\"\n[[profile-registry.products]]\nname = \"stock-pro\"\n\
             template = \"template-stock-research-pro\"\namount_fen = 19900\nmonths = 120\nmodel = \"qwen-plus\"\n\
             channel = \"telegram\"\n",
            site.redis.url(),
            site.path("registry").display(),
            gateway.url(),
        );
        let config = site.path("registry.toml");
        fs::write(&config, text).unwrap();
        let mut command = site.bare("profile-registry");
        command.arg("--config").arg(config);
        let client = daemon_kit::http::client(&daemon_kit::http::ClientOptions::default()).unwrap();
        Self { daemon: Daemon::start(command).await, client }
    }

    async fn post(&self, path: &str, body: Value, wanted: u16) -> Value {
        let request = self.client.post(format!("{}{path}", self.daemon.url)).bearer_auth(OPERATOR).json(&body);
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let body = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or_default();
        assert_eq!(status, wanted, "POST {path}: {body}");
        body
    }

    /// Somebody pays for a profile of their own.
    async fn buys(&self, order: &str) {
        let payer = format!("tg:{}", order.trim_start_matches("TW2026-"));
        let body = json!({ "out_trade_no": order, "product": "stock-pro", "payer": payer.replace(":0", ":9") });
        self.post("/provision", body, 201).await;
    }

    async fn until(&self, order: &str, state: &str) -> Value {
        eventually(&format!("{order} is {state}"), async || {
            let request = self.client.get(format!("{}/orders/{order}", self.daemon.url)).bearer_auth(OPERATOR);
            let order: Value = request.send().await.ok()?.json().await.ok()?;
            (order["state"] == state).then_some(order)
        })
        .await
    }
}

/// `hermes-profile-manager host …` on the one machine there is; no secret is in its arguments.
fn host(site: &Site, registry: &Registry, token: Option<&str>, arguments: &[&str]) -> Command {
    let mut command = site.bare("hermes-profile-manager");
    command.env("HERMES_HOME", site.path("hermes")).env("TWILIGHT_REGISTRY_URL", &registry.daemon.url);
    if let Some(token) = token {
        command.env("TWILIGHT_REGISTRY_TOKEN", token);
    }
    command.arg("host").args(arguments);
    command
}

fn env(site: &Site, profile: &str) -> std::path::PathBuf {
    site.path("hermes/profiles").join(profile).join(".env")
}

/// A variable of the profile's `.env` on the host.
fn variable(site: &Site, profile: &str, name: &str) -> String {
    let text = fs::read_to_string(env(site, profile)).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(&format!("{name}=")));
    line.unwrap_or_else(|| panic!("no {name} in .env")).trim_matches('\'').to_owned()
}

/// What stock git says of the registry's repository.
fn git(site: &Site, arguments: &[&str]) -> String {
    let mut command = Command::new("git");
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
    let output = command.arg("-C").arg(site.path("registry/registry.git")).args(arguments).output().unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
