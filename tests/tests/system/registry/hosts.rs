//! A registered host and its `host sync`: secrets that arrive, change, go, and are lost to no kill.

use std::{collections::BTreeSet, os::unix::fs::MetadataExt as _};

use serde_json::{Value, json};
use system_tests::{
    Answer, eventually,
    gateway::{ADMIN_TOKEN, Caller, Gateway, GatewaySettings, GatewayStage},
};

use super::support::{ADMIN, Machine, Registry};

const ORDER: &str = "TW2026-0001";
const BOT: &str = "123456789:AAF0rZ0Jc2hDqVbT3m9sYx8uKq1LwEoPn5I";

/// A registry that sells a profile for Telegram, and the gateway that its tokens are for.
pub(super) struct Shop {
    pub(super) registry: Registry,
    pub(super) gateway: Gateway,
    /// Redis and the provider live as long as the gateway.
    _stage: GatewayStage,
}

impl Shop {
    pub(super) async fn open() -> Self {
        Self::open_with("", BOT).await
    }

    /// With further lines of configuration, and this bot in its pool.
    pub(super) async fn open_with(more: &str, bot: &str) -> Self {
        let stage = GatewayStage::new(GatewaySettings::keys(1)).await;
        let gateway = stage.gateway().await;
        let lines = "[[profile-registry.products]]\nname = \"stock-pro\"\ntemplate = \"template-stock-research-pro\"\n\
            amount_fen = 19900\nchannel = \"telegram\"\n";
        let lines = format!("{lines}{more}");
        let keys = format!("gateway_url = \"{}\"\ngateway_token = \"{ADMIN_TOKEN}\"", gateway.url());
        let registry = Registry::start_with_keys(&keys, &lines).await;
        let (status, told) = registry.post("/pools/telegram_bot", Some(ADMIN), json!({"values": [bot]})).await;
        assert_eq!(status, 200, "{told}");
        Self { registry, gateway, _stage: stage }
    }

    /// A machine that is registered as a host under this name.
    pub(super) async fn host(&self, name: &str) -> Machine {
        let fresh = self.registry.machine(None);
        let told = fresh.json(&["host", "init"]).await;
        let token = self.registry.host(name, told["recipient"].as_str().unwrap()).await;
        fresh.with_token(&token)
    }

    /// Somebody pays for a profile; its name, once it waits for its host.
    pub(super) async fn sold(&self, number: &str) -> String {
        let order = json!({"out_trade_no": number, "product": "stock-pro", "payer": "tg:42"});
        let (status, told) = self.registry.post("/provision", Some(ADMIN), order).await;
        assert_eq!(status, 201, "{told}");
        told["profile"].as_str().unwrap_or_else(|| panic!("{told}")).to_owned()
    }

    pub(super) async fn order(&self, number: &str, state: &str) -> Value {
        eventually("the order moves on", async || {
            let (_, order) = self.registry.get(&format!("/orders/{number}"), ADMIN).await;
            (order["state"] == state).then_some(order)
        })
        .await
    }
}

/// The variables of a profile's `.env`.
pub(super) fn names(host: &Machine, profile: &str) -> BTreeSet<String> {
    let env = host.read(profile, ".env");
    env.lines().filter_map(|line| line.split_once('=')).map(|(name, _)| name.to_owned()).collect()
}

pub(super) fn value(host: &Machine, profile: &str, name: &str) -> String {
    let env = host.read(profile, ".env");
    let line = env.lines().find_map(|line| line.strip_prefix(&format!("{name}=")));
    line.unwrap_or_else(|| panic!("no {name}: {env}")).trim_matches('\'').to_owned()
}

fn outcome(told: &Value) -> (&str, &str) {
    let profile = &told["profiles"][0];
    (profile["profile"].as_str().unwrap_or_default(), profile["env"].as_str().unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_gets_what_was_paid_for_and_the_second_time_nothing() {
    let shop = Shop::open().await;
    let host = shop.host("mini").await;
    assert_eq!(host.json(&["host", "sync"]).await["profiles"], json!([]));
    let profile = shop.sold(ORDER).await;

    let planned = host.json(&["host", "sync", "--dry-run"]).await;
    assert_eq!(outcome(&planned), (profile.as_str(), "due"), "{planned}");
    assert!(!host.path(&profile, "").exists(), "a dry run makes nothing");
    assert_eq!(shop.order(ORDER, "committed").await["state"], "committed", "and acknowledges nothing");

    let told = host.json(&["host", "sync"]).await;
    assert_eq!(outcome(&told), (profile.as_str(), "written"), "{told}");
    assert_eq!(shop.order(ORDER, "alive").await["profile"], profile.as_str());
    assert_eq!(std::fs::metadata(host.path(&profile, ".env")).unwrap().mode() & 0o777, 0o600);
    assert_eq!(value(&host, &profile, "TELEGRAM_BOT_TOKEN"), BOT);
    let token = value(&host, &profile, "TWILIGHT_GATEWAY_TOKEN");
    assert!(token.starts_with("tw-"));
    let client = daemon_kit::http::client(&daemon_kit::http::ClientOptions::default()).unwrap();
    let said = Caller::new(shop.gateway.url(), &token, client).chat(json!({})).await;
    assert_eq!(said.status, 200, "its token opens the gateway: {said:?}");
    let jobs: Value = serde_json::from_str(&host.read(&profile, "cron/jobs.json")).unwrap();
    assert!(
        jobs["jobs"].as_array().unwrap().iter().all(|job| job["enabled"] == true),
        "this host runs its jobs: {jobs}"
    );
    assert_eq!(host.read(&profile, "workspace/AGENTS.md"), host.read(&profile, "AGENTS.md"));

    let before = std::fs::metadata(host.path(&profile, ".env")).unwrap().modified().unwrap();
    let again = host.json(&["host", "sync"]).await;
    assert_eq!(outcome(&again), (profile.as_str(), "unchanged"), "{again}");
    assert_eq!(again["profiles"][0]["files"]["written"], json!([]), "{again}");
    assert_eq!(std::fs::metadata(host.path(&profile, ".env")).unwrap().modified().unwrap(), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_hermes_writes_stays_and_what_somebody_breaks_is_set_right() {
    let shop = Shop::open().await;
    let host = shop.host("mini").await;
    let profile = shop.sold(ORDER).await;
    host.done(&["host", "sync"]).await;
    let right = host.read(&profile, ".env");
    host.write(&profile, ".env", format!("{}WEIXIN_TOKEN=paired-by-a-scan\n", right.replace(BOT, "1:broken")));
    std::fs::set_permissions(host.path(&profile, ".env"), std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    host.done(&["host", "sync"]).await;
    assert_eq!(value(&host, &profile, "TELEGRAM_BOT_TOKEN"), BOT);
    assert_eq!(value(&host, &profile, "WEIXIN_TOKEN"), "paired-by-a-scan");
    assert_eq!(std::fs::metadata(host.path(&profile, ".env")).unwrap().mode() & 0o777, 0o600);

    // That others may read it alone is enough.
    std::fs::set_permissions(host.path(&profile, ".env"), std::os::unix::fs::PermissionsExt::from_mode(0o640)).unwrap();
    host.done(&["host", "sync"]).await;
    assert_eq!(std::fs::metadata(host.path(&profile, ".env")).unwrap().mode() & 0o777, 0o600);

    std::fs::remove_file(host.path(&profile, ".env")).unwrap();
    host.done(&["host", "sync"]).await;
    assert_eq!(value(&host, &profile, "TELEGRAM_BOT_TOKEN"), BOT, "one that was lost comes again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refund_takes_the_secrets_off_the_host_and_nothing_else() {
    let shop = Shop::open().await;
    let host = shop.host("mini").await;
    let profile = shop.sold(ORDER).await;
    host.done(&["host", "sync"]).await;
    let right = host.read(&profile, ".env");
    host.write(&profile, ".env", format!("{right}TAVILY_API_KEY=mine\n"));
    let (status, told) = shop.registry.post(&format!("/orders/{ORDER}/refund"), Some(ADMIN), json!({})).await;
    assert_eq!(status, 200, "{told}");
    shop.order(ORDER, "quarantined").await;
    host.done(&["host", "sync"]).await;
    let left = names(&host, &profile);
    for secret in ["TELEGRAM_BOT_TOKEN", "TWILIGHT_GATEWAY_TOKEN", "TWILIGHT_API_TOKEN"] {
        assert!(!left.contains(secret), "{left:?}");
    }
    assert!(left.contains("TAVILY_API_KEY") && !host.read(&profile, ".env").contains(BOT));
    assert!(host.read(&profile, "SOUL.md").contains(&profile), "its files stay");
    let jobs: Value = serde_json::from_str(&host.read(&profile, "cron/jobs.json")).unwrap();
    assert!(jobs["jobs"].as_array().unwrap().iter().all(|job| job["enabled"] == false), "its jobs rest: {jobs}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_conflict_in_the_files_keeps_no_secret_from_its_bot() {
    let shop = Shop::open().await;
    let host = shop.host("mini").await;
    let profile = shop.sold(ORDER).await;
    host.done(&["host", "sync"]).await;
    // Here and in the registry the same key gets another value.
    let owner = shop.registry.machine(Some(&shop.registry.token_of("tg:42").await));
    owner.done(&["pull", &profile]).await;
    let config = |machine: &Machine, model: &str| {
        let text = machine.read(&profile, "config.yaml").replace("qwen-max", model);
        machine.write(&profile, "config.yaml", text);
    };
    config(&owner, "glm-5");
    owner.done(&["push", &profile]).await;
    config(&host, "kimi-k3");
    std::fs::remove_file(host.path(&profile, ".env")).unwrap();
    let answer = host.run(&["host", "sync"]).await;
    assert_eq!(answer.code, Some(3), "{answer:?}");
    assert!(answer.stderr.contains("kimi-k3") && answer.stderr.contains("glm-5"), "{answer:?}");
    assert_eq!(value(&host, &profile, "TELEGRAM_BOT_TOKEN"), BOT);
    assert!(host.read(&profile, "config.yaml").contains("kimi-k3"), "and the file is as it was");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_profile_that_cannot_be_served_keeps_none_of_the_others_from_it() {
    let shop = Shop::open().await;
    let host = shop.host("mini").await;
    let bot = "223456789:AAF0rZ0Jc2hDqVbT3m9sYx8uKq1LwEoPn5J";
    shop.registry.post("/pools/telegram_bot", Some(ADMIN), json!({"values": [bot]})).await;
    let profile = shop.sold(ORDER).await;
    let order = json!({"out_trade_no": "TW2026-0002", "product": "stock-pro", "payer": "tg:43"});
    let (_, other) = shop.registry.post("/provision", Some(ADMIN), order).await;
    let other = other["profile"].as_str().unwrap().to_owned();
    // Something else is where the first one belongs.
    let (broken, whole) = if profile < other { (&profile, &other) } else { (&other, &profile) };
    std::fs::create_dir_all(host.home().join("profiles")).unwrap();
    std::os::unix::fs::symlink("/tmp", host.home().join("profiles").join(broken)).unwrap();
    let answer = host.run(&["host", "sync"]).await;
    assert_eq!(answer.code, Some(1), "{answer:?}");
    assert!(answer.stderr.contains("1 of 2 profiles could not be served"), "{answer:?}");
    assert_eq!(names(&host, whole).len(), 7, "the other one has everything");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_a_hosts_own_token_and_its_own_identity_open_anything() {
    let shop = Shop::open().await;
    let (host, other) = (shop.host("mini").await, shop.host("zebra").await);
    let profile = shop.sold(ORDER).await;
    let code = |answer: &Answer| answer.code;
    let owner = shop.registry.machine(Some(&shop.registry.token_of("tg:42").await));
    assert_eq!(code(&owner.run(&["host", "sync"]).await), Some(1), "no identity");
    owner.done(&["host", "init"]).await;
    let refused = owner.run(&["host", "sync"]).await;
    assert_eq!(code(&refused), Some(4), "{refused:?}");

    assert_eq!(other.json(&["host", "sync"]).await["profiles"], json!([]), "it serves nothing");
    // The host's token on a machine with another identity: what comes does not open, and nothing is acknowledged.
    let thief = shop.registry.machine(None);
    thief.done(&["host", "init"]).await;
    let thief = thief.with_token(host.token().unwrap());
    let answer = thief.run(&["host", "sync"]).await;
    assert_eq!(code(&answer), Some(1), "{answer:?}");
    assert!(answer.stderr.contains("does not open with this host's identity"), "{answer:?}");
    assert_eq!(shop.order(ORDER, "committed").await["profile"], profile.as_str());
    host.done(&["host", "sync"]).await;
    shop.order(ORDER, "alive").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_before_any_step_a_host_ends_the_next_time_with_everything() {
    let shop = Shop::open().await;
    let profile = shop.sold(ORDER).await;
    let host = shop.host("mini").await;
    shop.order(ORDER, "committed").await;
    let mut kills = 0;
    loop {
        let mut command = host.command(&["host", "sync"]);
        command.env("TWILIGHT_CRASH_AT", format!("step-{}", kills + 1));
        let answer = system_tests::run(command, std::time::Duration::from_secs(60)).await;
        if answer.code == Some(0) {
            break;
        }
        assert_eq!(answer.code, None, "{answer:?}");
        kills += 1;
        // Whatever of it is there is whole: `.env` with all of its variables or none, and nobody else's to read.
        if host.path(&profile, ".env").exists() {
            let names = names(&host, &profile);
            assert!(names.is_empty() || names.len() == 7, "killed before step {kills}: {names:?}");
            assert_eq!(std::fs::metadata(host.path(&profile, ".env")).unwrap().mode() & 0o777, 0o600);
        }
        let (_, order) = shop.registry.get(&format!("/orders/{ORDER}"), ADMIN).await;
        let is_acknowledged = order["state"] != "committed";
        assert!(!is_acknowledged || !names(&host, &profile).is_empty(), "acknowledged before it was written: {order}");
        // From the beginning again, so that every step of a first run is met.
        if !is_acknowledged {
            let _ = std::fs::remove_dir_all(host.home().join("profiles"));
            for note in ["base", "hosts", "unfinished"] {
                let _ = std::fs::remove_dir_all(host.home().join(".profile-manager").join(note));
            }
        }
        assert!(kills < 300, "it never ends");
    }
    assert!(kills > 30, "{kills} kills only");
    shop.order(ORDER, "alive").await;
    assert_eq!(value(&host, &profile, "TELEGRAM_BOT_TOKEN"), BOT);
    let told = host.json(&["host", "sync"]).await;
    assert_eq!(outcome(&told), (profile.as_str(), "unchanged"), "{told}");
}
