//! The rest of the command line against the registry: login, history, restore, ownership, doctor.

use serde_json::{Value, json};

use super::support::Registry;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_login_keeps_a_token_until_the_logout_ends_it_everywhere() {
    let registry = Registry::start().await;
    registry.claimed_by(111, "alice").await;
    let machine = registry.machine(None);
    let mut tokens = Vec::new();
    for _ in 0..2 {
        let waiting = machine.waits(&["login"]).await;
        registry.confirm(111, &waiting.operation).await;
        assert_eq!(waiting.ends().await.0, Some(0));
        let kept = std::fs::read(machine.home().join(".profile-manager/credentials.json")).unwrap();
        let kept: Value = serde_json::from_slice(&kept).unwrap();
        tokens.push(kept["token"].as_str().unwrap().to_owned());
    }
    // The second login ends the first one's token.
    assert_eq!(registry.get("/ownership", &tokens[0]).await.0, 401);
    assert_eq!(registry.get("/ownership", &tokens[1]).await.0, 200);
    assert_eq!(machine.json(&["ownership", "list"]).await["owners"][0]["profile"], "alice");
    machine.done(&["logout"]).await;
    assert_eq!(registry.get("/ownership", &tokens[1]).await.0, 401);
    assert_eq!(machine.run(&["ownership", "list"]).await.code, Some(5));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_is_kept_is_shown_to_no_other_registry() {
    let (registry, other) = (Registry::start().await, Registry::start().await);
    registry.claimed_by(111, "alice").await;
    let machine = registry.machine(None);
    let waiting = machine.waits(&["login"]).await;
    registry.confirm(111, &waiting.operation).await;
    assert_eq!(waiting.ends().await.0, Some(0));
    let answer = machine.run(&["list", "--registry", other.url()]).await;
    assert_eq!(answer.code, Some(5), "{answer:?}");
    assert!(answer.stderr.contains("is for"), "{answer:?}");
    assert!(!other.daemon.says("/profiles"), "it was not asked");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn history_tells_who_did_what_and_restore_brings_it_back_here_and_there() {
    let registry = Registry::start().await;
    let token = registry.claimed_by(111, "alice").await;
    let machine = registry.machine(Some(&token));
    machine.write("alice", "SOUL.md", "First.\n");
    machine.write("alice", "config.yaml", "model:\n  default: a\n");
    machine.done(&["push", "alice", "-m", "One"]).await;
    machine.write("alice", "SOUL.md", "Second.\n");
    machine.done(&["sync", "-m", "Two"]).await;
    let entries = machine.json(&["history", "alice"]).await["entries"].clone();
    let messages: Vec<&str> =
        entries.as_array().unwrap().iter().map(|entry| entry["message"].as_str().unwrap().trim()).collect();
    assert_eq!(&messages[..2], ["Two", "One"]);
    let first = entries[1]["commit"].as_str().unwrap();
    // As many digits as the list shows.
    let newest = &entries[0]["commit"].as_str().unwrap()[..12];
    let older = machine.json(&["history", "alice", "--before", newest]).await;
    assert_eq!(older["entries"][0]["message"].as_str().unwrap().trim(), "One");
    let shown = machine.done(&["history", "alice", "--diff", &entries[0]["commit"].as_str().unwrap()[..12]]).await;
    assert!(shown.contains("-First.") && shown.contains("+Second."), "{shown}");

    // What was changed here and not committed survives the restore.
    assert_eq!(machine.json(&["list"]).await["profiles"][0]["synchronised"], "up to date");
    machine.write("alice", "config.yaml", "model:\n  default: b\n");
    assert_eq!(machine.json(&["list"]).await["profiles"][0]["synchronised"], "changed here");
    assert_eq!(machine.run(&["restore", "alice", "abc"]).await.code, Some(2));
    assert_eq!(machine.run(&["restore", "alice", "000000000000"]).await.code, Some(2));
    let planned = machine.done(&["restore", "alice", &first[..12], "--dry-run"]).await;
    assert!(planned.contains("-Second.\n+First."), "{planned}");
    let born = machine.done(&["history", "alice", "--diff", first]).await;
    assert!(born.contains("+First.") && born.contains("--- /dev/null"), "{born}");
    assert_eq!(machine.read("alice", "SOUL.md"), "Second.\n");
    machine.done(&["restore", "alice", &first[..12]]).await;
    assert_eq!(machine.read("alice", "SOUL.md"), "First.\n");
    assert_eq!(machine.read("alice", "config.yaml"), "model:\n  default: b\n");
    assert_eq!(
        machine.json(&["history", "alice"]).await["entries"].as_array().unwrap().len(),
        entries.as_array().unwrap().len() + 1
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transfer_takes_both_sides_word() {
    let registry = Registry::start().await;
    let (from, to) = (registry.claimed_by(111, "alice").await, registry.claimed_by(222, "other").await);
    let (giver, taker) = (registry.machine(Some(&from)), registry.machine(Some(&to)));
    assert_eq!(taker.run(&["ownership", "transfer", "alice", "tg:222", "--wait", "0"]).await.code, Some(4));
    let waiting = giver.waits(&["ownership", "transfer", "alice", "tg:222"]).await;
    assert_eq!(registry.owners().await[0].1, "tg:111", "one side's word moves nothing");
    let third = registry.machine(Some(&registry.token_of("tg:333").await));
    assert_eq!(third.run(&["ownership", "accept", &waiting.operation]).await.code, Some(4));
    let said = taker.json(&["ownership", "accept", &waiting.operation]).await;
    assert_eq!(said["state"], "done", "{said}");
    assert_eq!(waiting.ends().await.0, Some(0));
    assert_eq!(registry.owners().await[0], ("alice".to_owned(), "tg:222".to_owned()));
    // The profile is the other's from now on.
    assert_eq!(giver.run(&["show", "alice"]).await.code, Some(4));
    assert_eq!(taker.json(&["list"]).await["profiles"].as_array().unwrap().len(), 2);
    assert_eq!(giver.run(&["ownership", "transfer", "alice", "tg:222", "--wait", "0"]).await.code, Some(4));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_doctor_finds_what_is_wrong_and_says_no_secret() {
    const BOT: &str = "TELEGRAM_BOT_TOKEN=123456789:AAF0rZ0Jc2hDqVbT3m9sYx8uKq1LwEoPn5I\n";

    let registry = Registry::start().await;
    let token = registry.claimed_by(111, "alice").await;
    let machine = registry.machine(Some(&token));
    machine.write("alice", "config.yaml", "model:\n  default: a\n");
    machine.write("alice", ".env", "");
    let private = |path: &str| {
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(machine.path(path, ".env"), mode).unwrap();
    };
    private("alice");
    machine.done(&["sync", "alice"]).await;
    let healthy = machine.json(&["doctor"]).await;
    assert_eq!((&healthy["broken"], &healthy["warnings"]), (&json!(0), &json!(0)), "{healthy}");

    machine.write("alice", "config.yaml", "modle:\n  api_key: sk-4f9a8b7c6d5e4f3a2b1c0d9e8f7a6b5c\n");
    machine.write("alice", ".env", BOT);
    machine.write("bob", "config.yaml", "model: [1\n");
    machine.write("bob", ".env", BOT);
    private("bob");
    machine.write("carl", "SOUL.md", "x\n");
    std::os::unix::fs::symlink("/etc/passwd", machine.path("alice", "SOUL.md")).unwrap();
    std::fs::write(machine.home().join(".profile-manager/tmp/left"), "").unwrap();
    let answer = machine.run(&["doctor", "--json"]).await;
    assert_eq!(answer.code, Some(1), "{answer:?}");
    for word in [
        "alice, bob",
        "same TELEGRAM_BOT_TOKEN",
        "config.yaml:2",
        "Hermes does not read the key `modle`",
        "symbolic link",
        "it has no .env",
        "left 1 files",
        "`claim` it",
    ] {
        assert!(answer.stdout.contains(word), "{word} in {}", answer.stdout);
    }
    for secret in ["AAF0rZ0Jc2", "4f9a8b7c6d", token.as_str()] {
        assert!(!format!("{answer:?}").contains(secret), "{answer:?}");
    }
    let local = machine.run(&["doctor", "--local", "--json"]).await;
    assert!(local.code == Some(1) && !local.stdout.contains("registry"), "{local:?}");
}
