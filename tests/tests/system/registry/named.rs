//! What the specification names, by name.

use super::support::Registry;

const SETTINGS: &str =
    "# Alice's\nmodel:\n  default: qwen-max # the big one\n  provider: custom\nterminal:\n  timeout: 60\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn test_claim_writes_owner() {
    let registry = Registry::start().await;
    let machine = registry.machine(None);
    let waiting = machine.waits(&["claim", "alice"]).await;
    assert!(registry.owners().await.is_empty(), "nobody owns it before the proof");
    registry.confirm(111, &waiting.operation).await;
    let (code, events) = waiting.ends().await;
    assert_eq!(code, Some(0), "{events:?}");
    assert_eq!(events.last().unwrap()["owner"], "tg:111");
    assert_eq!(registry.owners().await, [("alice".to_owned(), "tg:111".to_owned())]);

    // The token of the proof is kept, for the user alone, and is good for the profile.
    let kept = machine.home().join(".profile-manager/credentials.json");
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&kept).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    let listed = machine.json(&["list"]).await;
    assert_eq!(listed["profiles"][0]["name"], "alice", "{listed}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn test_claim_idempotent() {
    let registry = Registry::start().await;
    let token = registry.claimed_by(111, "alice").await;
    let before = registry.owners().await;
    let machine = registry.machine(Some(&token));
    for _ in 0..2 {
        let said = machine.done(&["claim", "alice"]).await;
        assert!(said.contains("yours already"), "{said}");
    }
    // Without a token it takes the proof again, and nothing changes.
    let machine = registry.machine(None);
    let waiting = machine.waits(&["claim", "alice"]).await;
    registry.confirm(111, &waiting.operation).await;
    assert_eq!(waiting.ends().await.0, Some(0));
    assert_eq!(registry.owners().await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn test_claim_rejected_if_owned() {
    let registry = Registry::start().await;
    let alice = registry.claimed_by(111, "alice").await;
    let other = registry.claimed_by(222, "other").await;
    let refused = registry.machine(Some(&other)).run(&["claim", "alice"]).await;
    assert_eq!(refused.code, Some(4), "{refused:?}");
    assert!(refused.stderr.contains("refuses"), "{refused:?}");

    // Whoever brings a proof and no token is refused, too, and no token comes of it.
    let machine = registry.machine(None);
    let waiting = machine.waits(&["claim", "alice"]).await;
    registry.confirm(222, &waiting.operation).await;
    let (code, events) = waiting.ends().await;
    assert_eq!(code, Some(4), "{events:?}");
    assert!(!machine.home().join(".profile-manager/credentials.json").exists());
    let owners = registry.owners().await;
    assert_eq!(owners[0], ("alice".to_owned(), "tg:111".to_owned()));
    assert_eq!(registry.machine(Some(&alice)).done(&["claim", "alice"]).await.trim(), "alice: it is yours already");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn test_push_commits_and_pushes() {
    let registry = Registry::start().await;
    let token = registry.claimed_by(111, "alice").await;
    let machine = registry.machine(Some(&token));
    machine.write("alice", "config.yaml", SETTINGS);
    machine.write("alice", "SOUL.md", "Be kind.\n");
    machine.write("alice", "skills/markets/prices/SKILL.md", "Ask for prices.\n");
    // What never leaves the machine.
    machine.write("alice", ".env", "KEY=sk-4f9a8b7c6d5e4f3a2b1c0d9e8f7a6b5c\n");
    machine.write("alice", "auth.json", "{}");
    machine.write("alice", "sessions/1.json", "{}");

    let planned = machine.json(&["push", "--dry-run"]).await;
    assert_eq!(planned["profiles"][0]["pushed"].as_array().unwrap().len(), 3, "{planned}");
    let (_, row) = registry.get("/profiles/alice", &token).await;
    assert_eq!(row["content_id"], serde_json::Value::Null, "a dry run changes nothing: {row}");

    let pushed = machine.json(&["push", "alice", "-m", "First light"]).await;
    let commit = pushed["profiles"][0]["commit"].as_str().unwrap().to_owned();
    let (_, row) = registry.get("/profiles/alice", &token).await;
    let paths: Vec<&str> = row["files"].as_array().unwrap().iter().map(|file| file["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["SOUL.md", "config.yaml", "skills/markets/prices/SKILL.md"]);
    let history = machine.json(&["history", "alice"]).await;
    let newest = &history["entries"][0];
    assert_eq!(
        (newest["commit"].as_str().unwrap(), newest["message"].as_str().unwrap().trim()),
        (commit.as_str(), "First light")
    );
    assert!(newest["author"].as_str().unwrap().contains("tg:111"), "{newest}");

    // A second push has nothing to do.
    let again = machine.json(&["push", "alice"]).await;
    assert_eq!(again["profiles"][0]["commit"], serde_json::Value::Null, "{again}");
    assert_eq!(
        machine.json(&["history", "alice"]).await["entries"].as_array().unwrap().len(),
        history["entries"].as_array().unwrap().len()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn test_pull_fetches_and_merges() {
    let registry = Registry::start().await;
    let token = registry.claimed_by(111, "alice").await;
    let (one, other) = (registry.machine(Some(&token)), registry.machine(Some(&token)));
    one.write("alice", "config.yaml", SETTINGS);
    one.write("alice", "SOUL.md", "Be kind.\n");
    one.done(&["push", "alice"]).await;

    // The first pull lays the profile out; Hermes copies its operator's keys into a missing .env.
    other.done(&["pull"]).await;
    assert_eq!(other.read("alice", "config.yaml"), SETTINGS);
    assert!(other.path("alice", ".env").exists());

    one.write("alice", "config.yaml", SETTINGS.replace("qwen-max", "glm-5"));
    one.write("alice", "skills/new/SKILL.md", "New.\n");
    one.done(&["push", "alice"]).await;
    other.write("alice", "config.yaml", SETTINGS.replace("timeout: 60", "timeout: 90"));
    other.done(&["pull", "alice"]).await;
    let merged = other.read("alice", "config.yaml");
    assert_eq!(merged, SETTINGS.replace("qwen-max", "glm-5").replace("timeout: 60", "timeout: 90"));
    assert_eq!(other.read("alice", "skills/new/SKILL.md"), "New.\n");
    // What was changed here is still only here.
    let (_, file) = registry.get("/profiles/alice", &token).await;
    let shown = other.json(&["show", "alice"]).await;
    assert_eq!(shown["changes"][0]["path"], "config.yaml", "{shown} {file}");
    assert!(shown["diff"].as_str().unwrap().contains("+  timeout: 90"), "{shown}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn test_sync_resolves_yaml_automerge() {
    let registry = Registry::start().await;
    let token = registry.claimed_by(111, "alice").await;
    let (one, other) = (registry.machine(Some(&token)), registry.machine(Some(&token)));
    one.write("alice", "config.yaml", SETTINGS);
    one.done(&["sync", "alice"]).await;
    other.done(&["sync"]).await;

    // Neighbouring lines, on which a merge of text would give up.
    one.write("alice", "config.yaml", SETTINGS.replace("qwen-max", "glm-5"));
    other.write(
        "alice",
        "config.yaml",
        SETTINGS.replace("provider: custom", "provider: custom\n  base_url: http://h:3000/v1"),
    );
    one.done(&["sync"]).await;
    let planned = other.json(&["sync", "--plan"]).await;
    assert_eq!(planned["profiles"][0]["pushed"][0]["path"], "config.yaml", "{planned}");
    other.done(&["sync"]).await;
    one.done(&["sync"]).await;
    let wanted = SETTINGS
        .replace("qwen-max", "glm-5")
        .replace("provider: custom", "provider: custom\n  base_url: http://h:3000/v1");
    assert_eq!(one.read("alice", "config.yaml"), wanted, "with every comment");
    assert_eq!(other.read("alice", "config.yaml"), wanted);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn test_sync_flags_config_conflict() {
    let registry = Registry::start().await;
    let token = registry.claimed_by(111, "alice").await;
    let (one, other) = (registry.machine(Some(&token)), registry.machine(Some(&token)));
    one.write("alice", "config.yaml", SETTINGS);
    one.done(&["sync", "alice"]).await;
    other.done(&["sync"]).await;
    one.write("alice", "config.yaml", SETTINGS.replace("qwen-max", "glm-5"));
    one.done(&["sync"]).await;
    let mine = SETTINGS.replace("qwen-max", "kimi-k2").replace("timeout: 60", "timeout: 90");
    other.write("alice", "config.yaml", &mine);
    let (_, before) = registry.get("/profiles/alice", &token).await;

    let push = other.run(&["push", "alice"]).await;
    assert_eq!(push.code, Some(3), "{push:?}");
    assert!(push.stderr.contains("sync alice"), "{push:?}");
    let conflict = other.run(&["sync", "alice", "--json"]).await;
    assert_eq!(conflict.code, Some(3), "{conflict:?}");
    let told: serde_json::Value = serde_json::from_str(&conflict.stdout).unwrap();
    let at = &told["error"]["conflicts"][0]["conflicts"][0];
    let three = ["at", "base", "ours", "theirs"].map(|name| at[name].as_str().unwrap_or_default());
    assert_eq!(three, ["model.default", "\"qwen-max\"", "\"kimi-k2\"", "\"glm-5\""], "{told}");
    assert!(conflict.stderr.contains("--theirs config.yaml"), "{}", conflict.stderr);
    // Nothing was changed, here or there.
    assert_eq!(other.read("alice", "config.yaml"), mine);
    assert_eq!(registry.get("/profiles/alice", &token).await.1["content_id"], before["content_id"]);

    // A person decides: that key alone goes to the other side, and what lost is kept.
    other.done(&["sync", "alice", "--theirs", "config.yaml"]).await;
    let decided = SETTINGS.replace("qwen-max", "glm-5").replace("timeout: 60", "timeout: 90");
    assert_eq!(other.read("alice", "config.yaml"), decided);
    one.done(&["sync"]).await;
    assert_eq!(one.read("alice", "config.yaml"), decided);
    let kept = walk(&other.home().join(".profile-manager/theirs/alice"));
    assert!(kept.iter().any(|text| text == &mine), "{kept:?}");
}

fn walk(folder: &std::path::Path) -> Vec<String> {
    let mut texts = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() { texts.extend(walk(&path)) } else { texts.push(std::fs::read_to_string(path).unwrap()) }
    }
    texts
}
