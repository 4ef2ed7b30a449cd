//! Profiles made from templates: laid out by the command line, pushed, and pulled elsewhere.

use std::{collections::BTreeMap, path::Path};

use super::support::{ADMIN, Machine, Registry};

const PRO: &str = "template-stock-research-pro";

/// Every file of a profile, by its path.
fn files(machine: &Machine, profile: &str) -> BTreeMap<String, String> {
    fn walk(root: &Path, folder: &Path, files: &mut BTreeMap<String, String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(root, &path, files);
            } else {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                files.insert(name, std::fs::read_to_string(path).unwrap());
            }
        }
    }
    let (root, mut found) = (machine.path(profile, ""), BTreeMap::new());
    walk(&root, &root, &mut found);
    found
}

fn apply<'a>(sets: &[&'a str]) -> Vec<&'a str> {
    let mut words = vec!["template", "apply", PRO, "lao-wang"];
    words.extend(sets.iter().flat_map(|set| ["--set", set]));
    words
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn test_template_clone_fills_placeholders() {
    let registry = Registry::start().await;
    let token = registry.claimed_by(42, "lao-wang").await;
    let machine = registry.machine(Some(&token));
    let sets =
        ["TELEGRAM_USER=42", "USER_NAME=老王", "WATCHLIST=600519.SH 300750.SZ", "GATEWAY_URL=http://10.0.0.7:3000"];
    machine.done(&apply(&sets)).await;

    let made = files(&machine, "lao-wang");
    for (path, text) in &made {
        assert!(!text.contains("{{") && !text.contains("}}"), "{path} has a placeholder left: {text}");
    }
    assert!(made["SOUL.md"].contains("你是 老王 的"), "{}", made["SOUL.md"]);
    assert!(made["cron/jobs.json"].contains("600519.SH 300750.SZ"), "{}", made["cron/jobs.json"]);
    assert!(made["config.yaml"].contains("base_url: \"http://10.0.0.7:3000/v1\""), "{}", made["config.yaml"]);
    assert!(made[".env"].contains("SEARXNG_URL=http://10.0.0.7:3000\n"), "{}", made[".env"]);
    let workspace = machine.path("lao-wang", "workspace");
    assert!(made["config.yaml"].contains(&format!("cwd: \"{}\"", workspace.display())), "{}", made["config.yaml"]);
    assert_eq!(made["workspace/AGENTS.md"], made["AGENTS.md"], "where Hermes reads it");

    // The same profile elsewhere, with what is that machine's own.
    machine.done(&["push", "lao-wang"]).await;
    let other = registry.machine(Some(&token));
    other.done(&["pull", "lao-wang"]).await;
    let pulled = files(&other, "lao-wang");
    for path in ["SOUL.md", "AGENTS.md", "CLAUDE.md", "secrets.schema.json", "skills/twilight-warehouse/SKILL.md"] {
        assert_eq!(pulled[path], made[path], "{path}");
    }
    let theirs = other.path("lao-wang", "workspace");
    assert_eq!(
        pulled["config.yaml"],
        made["config.yaml"].replace(&*workspace.to_string_lossy(), &theirs.to_string_lossy())
    );
    assert_eq!(pulled[".env"], "", "no value travels through git");
    let (_, row) = registry.get("/profiles/lao-wang", ADMIN).await;
    let paths: Vec<&str> = row["files"].as_array().unwrap().iter().map(|file| file["path"].as_str().unwrap()).collect();
    assert!(!paths.contains(&".env") && !paths.contains(&"workspace/AGENTS.md"), "{paths:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn test_template_clone_idempotent() {
    let registry = Registry::start().await;
    let token = registry.claimed_by(42, "lao-wang").await;
    let machine = registry.machine(Some(&token));
    let words = apply(&["TELEGRAM_USER=42", "USER_NAME=老王"]);
    machine.done(&words).await;
    machine.done(&["push", "lao-wang"]).await;
    let (made, (_, row)) = (files(&machine, "lao-wang"), registry.get("/profiles/lao-wang", ADMIN).await);
    let modified = |path: &str| std::fs::metadata(machine.path("lao-wang", path)).unwrap().modified().unwrap();
    let times: Vec<_> = made.keys().map(|path| modified(path)).collect();

    // The same once more, with the values and from memory.
    for words in [&words[..], &words[..4]] {
        let told = machine.json(words).await;
        assert_eq!((&told["changed"], &told["written"]), (&false.into(), &serde_json::json!([])), "{told}");
    }
    assert_eq!(files(&machine, "lao-wang"), made);
    assert_eq!(made.keys().map(|path| modified(path)).collect::<Vec<_>>(), times, "nothing was written");
    assert_eq!(machine.json(&["push", "lao-wang"]).await["profiles"][0]["commit"], serde_json::Value::Null);
    assert_eq!(registry.get("/profiles/lao-wang", ADMIN).await.1["content_id"], row["content_id"]);

    // Another value reaches the files that use it, and leaves what somebody edited.
    machine.write("lao-wang", "config.yaml", format!("{}mine: 1\n", made["config.yaml"]));
    let told = machine.json(&apply(&["MODEL=qwen-plus"])).await;
    assert_eq!(told["written"], serde_json::json!(["config.yaml"]), "{told}");
    let config = machine.read("lao-wang", "config.yaml");
    assert!(config.contains("default: \"qwen-plus\"") && config.contains("mine: 1"), "{config}");
}
