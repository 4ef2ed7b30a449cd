//! OWNERS cannot be read: nothing is allowed, and everybody is told why.

use std::{path::Path, process::Command};

use serde_json::json;

use crate::support::{ADMIN, Answer, BOT_TOKEN, Running, eventually, launch};

fn git(folder: &Path, arguments: &[&str]) {
    let identity = ["-c", "user.name=admin", "-c", "user.email=admin@localhost"];
    let done = Command::new("git").args(identity).args(arguments).current_dir(folder).output().unwrap();
    assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
}

/// Writes OWNERS on the registry's own disk, past every door.
fn write_owners(registry: &Running, content: &str) {
    let work = tempfile::TempDir::new().unwrap();
    git(work.path(), &["clone", "--quiet", registry.store().git_dir().to_str().unwrap(), "."]);
    std::fs::write(work.path().join("OWNERS"), content).unwrap();
    git(work.path(), &["commit", "--quiet", "--all", "--message", "Edit OWNERS"]);
    git(work.path(), &["push", "--quiet", "origin", "main"]);
}

fn is_told(answer: &Answer) {
    assert_eq!(answer.problem(), (503, "owners-broken".to_owned()), "{answer:?}");
    assert!(answer.field("detail").starts_with("nothing is allowed until an operator repairs it: OWNERS line 2: "));
}

#[tokio::test]
async fn everything_is_refused_with_503_that_says_so_until_it_is_repaired() {
    let registry = Running::start().await;
    let wang = registry.owner_of(7, "lao-wang").await;
    let open = registry.claim("lao-li").await;
    let operation = open.field("operation");
    let transfer = registry.post("/transfers", Some(&wang), json!({"profile": "lao-wang", "to": "tg:9"})).await;
    let good = String::from_utf8(registry.owners().to_bytes()).unwrap();
    write_owners(&registry, &good.replace("tg:7", "nobody at all"));

    is_told(&registry.post("/claims", None, json!({"profile": "lao-zhang"})).await);
    is_told(&registry.post("/login", None, json!({})).await);
    is_told(&registry.get("/ownership", Some(&wang)).await);
    is_told(&registry.get("/ownership", Some(ADMIN)).await);
    is_told(&registry.post("/transfers", Some(&wang), json!({"profile": "lao-wang", "to": "tg:8"})).await);
    let consent = format!("/operations/{}/consent", transfer.field("operation"));
    is_told(&registry.post(&consent, Some(&wang), json!(null)).await);
    let proof = launch(BOT_TOKEN, 8, &operation, registry.clock.now());
    let path = format!("/operations/{operation}/telegram");
    is_told(&registry.post(&path, None, json!({"init_data": proof})).await);
    let ready = registry.get("/readyz", None).await;
    let reason = ready.json()["checks"]["owners"]["reason"].as_str().unwrap().to_owned();
    assert_eq!(ready.status, 503);
    assert!(reason.starts_with("OWNERS line 2: "), "{reason}");

    write_owners(&registry, &good);
    let done = registry.post(&path, None, json!({"init_data": proof})).await;
    assert_eq!(done.field("state"), "done", "the proof was not used up: {done:?}");
    assert_eq!(registry.lines().len(), 2);
    assert_eq!(registry.get("/readyz", None).await.status, 200);
}

#[tokio::test]
async fn what_was_proved_before_is_carried_out_after_the_repair() {
    let registry = Running::start().await;
    registry.owner_of(7, "lao-wang").await;
    let begun = registry.claim("lao-li").await;
    let good = String::from_utf8(registry.owners().to_bytes()).unwrap();
    write_owners(&registry, &good.replace("telegram", "tele gram"));
    // As a process leaves it that was killed once the proof was in the books.
    let books = rusqlite::Connection::open(registry.folder.path().join("registry/registry.sqlite")).unwrap();
    let sql = "UPDATE operation SET to_owner = 'tg:8', to_proved_at = created_at, state = 'proved' WHERE id = ?";
    assert_eq!(books.execute(sql, [begun.field("operation")]).unwrap(), 1);

    let registry = registry.restart().await;
    assert_eq!(registry.poll(&begun).await.field("state"), "proved", "it starts, and waits");
    write_owners(&registry, &good);
    let registry = registry.restart().await;
    let told = eventually("it is carried out", async || {
        let told = registry.poll(&begun).await;
        (told.field("state") == "done").then_some(told)
    });
    assert_eq!(told.await.field("owner"), "tg:8");
    assert_eq!(registry.lines().len(), 2);
}
