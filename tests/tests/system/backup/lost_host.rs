//! A host is lost with everything on it; what is left is the folder of its backups, and the recovery identity elsewhere.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use age::{secrecy::ExposeSecret as _, x25519};
use reqwest::Method;
use serde_json::{Value, json};
use system_tests::{binary, gateway::Caller};
use warehouse::NUMBERS_SKIPPED;

use super::kit::{BOT, Host, MASTER_KEY, REGISTRY_TOKEN, Running, Site, done, ends, failed};

/// A machine that serves profiles. It is not lost.
struct Machine {
    home: tempfile::TempDir,
    token: String,
}

impl Machine {
    async fn run(&self, registry: &str, args: &[&str]) -> Value {
        let mut command = Command::new(binary("hermes-profile-manager"));
        command.env_clear().env("HERMES_HOME", self.home.path()).env("TWILIGHT_REGISTRY_URL", registry);
        if !self.token.is_empty() {
            command.env("TWILIGHT_REGISTRY_TOKEN", &self.token);
        }
        command.args(args).arg("--json");
        serde_json::from_str(&done(command).await).unwrap()
    }

    fn env(&self, profile: &str) -> PathBuf {
        self.home.path().join("profiles").join(profile).join(".env")
    }

    fn secret(&self, profile: &str, name: &str) -> String {
        let text = fs::read_to_string(self.env(profile)).unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix(&format!("{name}=")));
        line.unwrap_or_else(|| panic!("no {name}")).trim_matches('\'').to_owned()
    }
}

async fn machine(running: &Running) -> Machine {
    let mut machine = Machine { home: tempfile::tempdir().unwrap(), token: String::new() };
    let told = machine.run(&running.registry.url, &["host", "init"]).await;
    machine.token = running.ready_to_sell(&[BOT.to_owned()], told["recipient"].as_str().unwrap()).await;
    machine
}

fn caller(running: &Running, token: &str) -> Caller {
    let client = daemon_kit::http::client(&daemon_kit::http::ClientOptions::default()).unwrap();
    Caller::new(running.gateway.url(), token, client)
}

/// No file of the backups holds any of these.
fn holds_none_of(site: &Site, secrets: &[String]) {
    for path in site.stored() {
        let bytes = fs::read(&path).unwrap();
        for secret in secrets {
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "{} holds {}… in clear", path.display(), &secret[..6]);
        }
    }
}

fn identity_of(host: &Host<'_>) -> String {
    let text = fs::read_to_string(host.root.join("data/registry/registry.age")).unwrap();
    text.lines().find(|line| line.starts_with("AGE-SECRET-KEY-1")).unwrap().to_owned()
}

fn is_private(host: &Host<'_>) {
    for path in [
        "twilight.toml",
        "prices.toml",
        "secrets/gateway_master_key",
        "secrets/key_1",
        "data/registry/registry.age",
        "data/registry/registry.sqlite",
        "data/gateway/gateway.sqlite",
    ] {
        assert_eq!(host.mode(path), 0o600, "{path}");
    }
    for folder in ["secrets", "data/gateway", "data/registry"] {
        assert_eq!(host.mode(folder), 0o700, "{folder}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_lives_on_where_nothing_was_but_the_recovery_identity() {
    let site = Site::new().await;
    let host = site.host();
    let running = host.start().await;
    let days = site.stage.days(3);
    for day in &days[..2] {
        site.stage.fetch("tushare", *day).await;
    }
    let alice = running.gateway.caller("alice").await;
    assert_eq!(alice.chat(json!({})).await.status, 200);
    assert_eq!(alice.chat(json!({"model": "qwen-max"})).await.status, 200, "its budget is bounded");
    let machine = machine(&running).await;
    let profile = running.sold("TW2026-0001", "tg:42").await;
    machine.run(&running.registry.url, &["host", "sync"]).await;
    running.order("TW2026-0001", &["alive"]).await;
    let profiles_token = machine.secret(&profile, "TWILIGHT_GATEWAY_TOKEN");

    // Everything runs while it is taken.
    let created = host.back_up().await;
    assert_eq!(created["parts"], json!(["warehouse", "gateway", "registry", "secrets"]), "{created}");
    assert_eq!(created["absent"], json!([]), "{created}");
    let (hash, number) = host.generation().await;
    let (main, own_identity) = (host.main(), identity_of(&host));
    let key = site.llm.keys()[0].secret.clone();
    let ours = [MASTER_KEY, REGISTRY_TOKEN, BOT, alice.token.as_str()].map(str::to_owned);
    let clear = [&ours[..], &[key, own_identity.clone(), profiles_token.clone()]].concat();
    holds_none_of(&site, &clear);
    let mut verify = site.backup(&["verify", "--identity"]);
    verify.arg(site.identity_file());
    assert!(done(verify).await.contains("whole, and can be restored"));
    // What happens afterwards is in no backup.
    let soul = machine.env(&profile).with_file_name("SOUL.md");
    let skill = machine.env(&profile).with_file_name("skills").join("market/newer/SKILL.md");
    fs::create_dir_all(skill.parent().unwrap()).unwrap();
    for file in [&soul, &skill] {
        fs::write(file, "Newer than the backup.\n").unwrap();
    }
    machine.run(&running.registry.url, &["sync", &profile]).await;
    assert_ne!(host.main(), main);
    running.dies();
    fs::remove_dir_all(&host.root).unwrap();

    let second = site.empty_host("second");
    let told = done(site.restore(&second, &[])).await;
    assert!(told.contains("closed until midnight"), "{told}");
    is_private(&second);
    assert_eq!((second.main(), identity_of(&second)), (main.clone(), own_identity.clone()));
    assert_eq!(second.generation().await, (hash.clone(), number));

    let running = second.start().await;
    let alice = alice.at(running.gateway.url());
    assert_eq!(alice.chat(json!({})).await.status, 200, "tokens open, and upstream keys are there");
    let said = alice.chat(json!({"model": "qwen-max"})).await;
    assert!(said.status >= 400, "nobody knows what was spent of a bounded budget since: {said:?}");
    assert_eq!(caller(&running, &profiles_token).chat(json!({})).await.status, 200, "the token of a profile");
    assert_eq!(running.order("TW2026-0001", &["alive"]).await["profile"], profile.as_str());
    fs::remove_file(machine.env(&profile)).unwrap();
    machine.run(&running.registry.url, &["host", "sync"]).await;
    assert_eq!(machine.secret(&profile, "TELEGRAM_BOT_TOKEN"), BOT, "sealed secrets are opened and delivered");
    assert_eq!(machine.secret(&profile, "TWILIGHT_GATEWAY_TOKEN"), profiles_token);
    machine.run(&running.registry.url, &["sync", &profile]).await;
    // Its registry has another address now: what the machine has counts as much as what the backup has, and goes up again.
    let newer = [fs::read_to_string(&soul).unwrap(), second.text(&format!("profiles/{profile}/SOUL.md"))];
    assert_eq!(newer, ["Newer than the backup.\n", "Newer than the backup.\n"]);
    assert!(skill.exists(), "what the backup does not know is not taken for deleted");
    let (status, told) = running
        .registry(
            Method::POST,
            "/pools/telegram_bot",
            Some(json!({"values": ["987654321:AAF0rZ0Jc2hDqVbT3m9sYx8uKq1LwEoPn5J"]})),
        )
        .await;
    assert_eq!(status, 200, "{told}");
    assert_ne!(running.sold("TW2026-0002", "tg:43").await, profile, "and it goes on selling");
    site.stage.fetch("tushare", days[2]).await;
    let (next, next_number) = second.generation().await;
    assert!(next != hash && next_number > number + NUMBERS_SKIPPED, "{next_number} after {number}");
    running.stop().await;

    // And once more, elsewhere: the same, by every hash.
    let third = site.empty_host("third");
    done(site.restore(&third, &["--budgets", "open"])).await;
    assert_eq!(third.generation().await, (hash, number));
    assert_eq!((third.main(), identity_of(&third)), (main, own_identity));
    let running = third.start().await;
    let said = alice.at(running.gateway.url()).chat(json!({"model": "qwen-max"})).await;
    assert_eq!(said.status, 200, "where the operator knows that nothing was spent since: {said:?}");
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_daily_backup_costs_what_changed_and_old_ones_go() {
    let site = Site::new().await;
    let host = site.host();
    let running = host.start().await;
    let days = site.stage.days(4);
    site.stage.fetch("tushare", days[0]).await;
    site.stage.fetch("tushare", days[1]).await;
    let job = job_queue::payload::IngestJob::Compact;
    let id = site.stage.ask(&job).await;
    site.stage.done(&[id]).await;
    running.ready_to_sell(&[BOT.to_owned()], &x25519::Identity::generate().to_public().to_string()).await;
    let first = host.back_up().await;
    running.sold("TW2026-0001", "tg:42").await;
    site.stage.fetch("tushare", days[2]).await;
    let second = host.back_up().await;
    let packs = |path: &Path| fs::read_to_string(path).unwrap().matches(".pack\"").count();
    let manifest =
        |created: &Value| site.backups().join("snapshots").join(format!("{}.json", created["id"].as_str().unwrap()));
    assert_eq!((packs(&manifest(&first)), packs(&manifest(&second))), (1, 2), "of the repository only what is new");
    let bytes = |created: &Value, key: &str| created[key].as_u64().unwrap();
    assert!(bytes(&second, "added_bytes") < bytes(&second, "bytes"), "{second}");
    // Nothing happened since but what daemons write by themselves: the generation, the base and the repository are known.
    running.stop().await;
    let third = host.back_up().await;
    assert!(bytes(&third, "added_bytes") < bytes(&third, "bytes") / 2, "{third}");
    assert_eq!(packs(&manifest(&third)), 2);

    let list: Value = serde_json::from_str(&done(site.backup(&["list", "--json"])).await).unwrap();
    assert_eq!(list.as_array().unwrap().len(), 3, "{list}");
    let would = done(site.backup(&["prune", "--keep-days", "1", "--keep-months", "0", "--dry-run"])).await;
    assert!(would.contains("would forget 2 of 3"), "{would}");
    done(site.backup(&["prune", "--keep-days", "1", "--keep-months", "0"])).await;
    let list: Value = serde_json::from_str(&done(site.backup(&["list", "--json"])).await).unwrap();
    assert_eq!(list[0]["id"], third["id"], "{list}");
    done(site.backup(&["verify"])).await;
    let host = site.empty_host("second");
    done(site.restore(&host, &[])).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_right_identity_or_on_a_host_that_holds_something_nothing_is_done() {
    let site = Site::new().await;
    let host = site.host();
    let running = host.start().await;
    site.stage.fetch("tushare", site.stage.days(1)[0]).await;
    running.stop().await;
    host.back_up().await;

    let empty = site.empty_host("second");
    let wrong = x25519::Identity::generate();
    let file = site.backups().with_file_name("wrong.age");
    fs::write(&file, wrong.to_string().expose_secret()).unwrap();
    let mut command = site.backup(&["restore", "--identity"]);
    command.arg(&file).arg("--root").arg(&empty.root);
    let recipient = site.identity.to_public().to_string();
    let answer = ends(command).await;
    failed(&answer, &["the identity does not open the secrets", &recipient]);
    assert!(!answer.stderr.contains("AGE-SECRET-KEY"), "{answer:?}");
    let mut command = site.backup(&["restore", "--root"]);
    command.arg(&empty.root);
    failed(&ends(command).await, &["--identity", "--without-secrets"]);
    assert_eq!(super::kit::files(&empty.root), Vec::<PathBuf>::new(), "nothing was written");

    fs::create_dir_all(empty.root.join("data/gateway")).unwrap();
    fs::write(empty.root.join("data/gateway/gateway.sqlite"), "somebody's").unwrap();
    fs::create_dir_all(empty.root.join("secrets")).unwrap();
    fs::write(empty.root.join("secrets/key_1"), "another one").unwrap();
    failed(&ends(site.restore(&empty, &[])).await, &["data/gateway is not empty", "secrets/key_1 is there"]);
    assert!(!empty.root.join("data/registry").exists(), "not even what would have been possible");

    // A replica is no primary: what makes it one is not in it.
    fs::write(host.published().join("replica.json"), "{}").unwrap();
    let created = host.back_up().await;
    assert_eq!(created["parts"], json!(["gateway", "registry", "secrets"]), "{created}");
    let mut command = host.command("twilight");
    command.args(["backup", "create", "--part", "warehouse"]);
    failed(&ends(command).await, &["is a replica"]);
    fs::remove_file(host.published().join("replica.json")).unwrap();
    host.back_up().await;

    // One part by itself, mapped to where there is room.
    let other = site.empty_host("other");
    let map = format!("data={}", other.root.join("elsewhere").display());
    let mut command = site.backup(&["restore", "--part", "warehouse", "--map", &map, "--root"]);
    command.arg(&other.root);
    done(command).await;
    assert!(other.root.join("elsewhere/warehouse/published/CURRENT").exists());
    assert!(!other.root.join("elsewhere/gateway").exists());
}
