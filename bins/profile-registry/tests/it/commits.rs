//! Changes over the API: whole or not at all, on what was read, by whom it is allowed to.

use std::{fs::File, time::Duration};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use futures::future::join_all;
use serde_json::{Value, json};

use crate::support::{ADMIN, Answer, Running, put, text};

#[tokio::test]
async fn changes_land_in_one_commit_and_once_more_changes_nothing() {
    let registry = Running::start().await;
    let (alice, content) = registry.profile_of(1, "alice").await;
    let changes =
        [put("SOUL.md", "I am new.\n"), put("config.yaml", "a: 1\n"), json!({"path": "nothing.md", "delete": true})];
    let changed = registry.commit(&alice, "alice", &content, &changes).await;
    assert_eq!((changed.status, &changed.json()["is_new"]), (201, &json!(true)), "{changed:?}");
    let head = registry.store().head().unwrap().id().to_string();
    assert_eq!(changed.json()["commit"], head);
    // As after an answer that did not arrive.
    let again = registry.commit(&alice, "alice", &content, &changes).await;
    assert_eq!((again.status, &again.json()["is_new"]), (200, &json!(false)), "{again:?}");
    assert_eq!(again.json()["content_id"], changed.json()["content_id"]);
    let same = registry.commit(&alice, "alice", &changed.json()["content_id"], &changes).await;
    assert_eq!((same.status, &same.json()["commit"]), (200, &json!(head)));
    let gone = [json!({"path": "SOUL.md", "delete": true}), json!({"path": "config.yaml", "delete": true})];
    let gone = registry.commit(&alice, "alice", &changed.json()["content_id"], &gone).await;
    assert_eq!((gone.status, &gone.json()["content_id"]), (201, &Value::Null), "{gone:?}");
}

#[tokio::test]
async fn who_changed_what_has_moved_is_told_where_to() {
    let registry = Running::start().await;
    let (alice, content) = registry.profile_of(1, "alice").await;
    let theirs = registry.commit(ADMIN, "alice", &content, &[put("AGENTS.md", "Be brief.\n")]).await;
    assert_eq!(theirs.status, 201, "{theirs:?}");
    for base in [content.clone(), Value::Null, json!("0000000000000000000000000000000000000000"), json!("x")] {
        let moved = registry.commit(&alice, "alice", &base, &[put("SOUL.md", "Mine.\n")]).await;
        assert_eq!(moved.problem(), (409, "profile-moved".to_owned()), "{base}: {moved:?}");
        assert_eq!(moved.json()["content_id"], theirs.json()["content_id"]);
        assert_eq!(moved.json()["head"], theirs.json()["commit"]);
    }
    let merged = registry.commit(&alice, "alice", &theirs.json()["content_id"], &[put("SOUL.md", "Mine.\n")]).await;
    assert_eq!(merged.status, 201);
    let whole = registry.get("/profiles/alice/content", Some(&alice)).await;
    assert_eq!((text(&whole, "AGENTS.md"), text(&whole, "SOUL.md")), ("Be brief.\n".into(), "Mine.\n".into()));
}

#[tokio::test]
async fn of_writers_that_race_each_one_lands_or_is_told_and_nothing_is_lost() {
    let registry = Running::start().await;
    let (alice, _) = registry.profile_of(1, "alice").await;
    let write = async |writer: usize| {
        let mut lost = 0;
        for round in 0..5 {
            loop {
                let base = registry.get("/profiles/alice", Some(&alice)).await.json()["content_id"].clone();
                let change = [put(&format!("skills/s{writer}/{round}.md"), "x\n")];
                let answer = registry.commit(&alice, "alice", &base, &change).await;
                match answer.status {
                    201 => break,
                    409 => lost += 1,
                    _ => panic!("{answer:?}"),
                }
            }
        }
        lost
    };
    let lost: usize = join_all((0..4).map(write)).await.into_iter().sum();
    let shown = registry.get("/profiles/alice", Some(&alice)).await.json();
    assert_eq!(shown["files"].as_array().unwrap().len(), 21, "{lost} lost a race");
    let history = registry.get("/profiles/alice/history?limit=200", Some(&alice)).await.json();
    assert_eq!(history["entries"].as_array().unwrap().len(), 21);
}

#[tokio::test]
async fn what_the_policy_refuses_names_the_path_and_the_rule_and_never_the_secret() {
    let registry = Running::start().await;
    let (alice, content) = registry.profile_of(1, "alice").await;
    let head = registry.store().head().unwrap().id();
    let secret = "sk-proj-9f8e7d6c5b4a39281706f5e4d3c2b1a0";
    for (path, body, rule) in [
        ("config.yaml", format!("key: {secret}\n"), "secret"),
        (".env", "A=1\n".to_owned(), "path"),
        ("../bob/SOUL.md", "x\n".to_owned(), "path"),
        ("", "x\n".to_owned(), "path"),
        ("soul.md", "x\n".to_owned(), "path"),
        ("skills/a/.git/config", "x\n".to_owned(), "path"),
        ("config.yaml", "a: 1\na: 2\n".to_owned(), "unreadable"),
        ("cron/jobs.json", "{\"jobs\": [{\"id\": \"a\"}, {\"id\": \"a\"}]}".to_owned(), "unreadable"),
        ("secrets.lock", "{\"values\": {}}".to_owned(), "unreadable"),
    ] {
        let changes = [put("AGENTS.md", "Half of it.\n"), put(path, &body)];
        let refused = registry.commit(&alice, "alice", &content, &changes).await;
        assert_eq!(refused.problem(), (422, "change-refused".to_owned()), "{path}: {refused:?}");
        let told = refused.json()["refusals"].clone();
        let found = told.as_array().unwrap().iter().find(|refusal| refusal["rule"] == rule);
        assert!(found.is_some(), "{path}: {told}");
        assert!(!refused.text.contains(secret));
    }
    let file = json!({"path": "config.yaml", "content": "YTogMQo=", "executable": true});
    let refused = registry.commit(&alice, "alice", &content, &[file]).await;
    assert_eq!(refused.json()["refusals"][0]["path"], "config.yaml", "{refused:?}");
    assert_eq!(registry.store().head().unwrap().id(), head, "all or nothing");
}

#[tokio::test]
async fn a_body_that_is_none_is_refused_without_being_repeated() {
    let registry = Running::start().await;
    let (alice, content) = registry.profile_of(1, "alice").await;
    let one = |change: Value| json!({"base": content, "message": "x", "changes": [change]});
    for body in [
        json!([]),
        json!({}),
        json!({"base": 7, "changes": []}),
        json!({"base": null, "changes": [], "force": true}),
        one(json!({"path": "SOUL.md"})),
        one(json!({"path": "SOUL.md", "content": "hunter2!", "delete": false})),
        one(json!({"path": "SOUL.md", "content": "aHVudGVyMg==", "delete": true})),
        one(json!({"path": "SOUL.md", "delete": true, "executable": true})),
        json!({"base": content, "message": "a\u{7}b", "changes": []}),
        json!({"base": content, "message": "m".repeat(2_001), "changes": []}),
        json!({"base": content, "changes": [put("SOUL.md", "1"), put("SOUL.md", "2")]}),
    ] {
        let refused = registry.post("/profiles/alice/commits", Some(&alice), body.clone()).await;
        assert_eq!(refused.problem(), (400, "invalid-parameter".to_owned()), "{body}");
        assert!(!refused.text.contains("hunter2"), "{refused:?}");
    }
    let request = registry.request(reqwest::Method::POST, "/profiles/alice/commits", Some(&alice));
    let refused = Answer::read(request.body(vec![b' '; (24 << 20) + 1]).send().await.unwrap()).await;
    assert_eq!(refused.problem(), (413, "body-too-large".to_owned()));
}

#[tokio::test]
async fn a_large_profile_goes_in_and_comes_out_whole() {
    let registry = Running::start().await;
    let (alice, content) = registry.profile_of(1, "alice").await;
    let files: Vec<Value> =
        (0..3).map(|number| put(&format!("skills/s{number}/data.txt"), &"line\n".repeat(200_000))).collect();
    let made = registry.commit(&alice, "alice", &content, &files).await;
    assert_eq!(made.status, 201, "{}", &made.text[..made.text.len().min(400)]);
    let whole = registry.get("/profiles/alice/content", Some(&alice)).await;
    assert_eq!(text(&whole, "skills/s2/data.txt").len(), 1_000_000);
}

#[tokio::test]
async fn a_host_changes_claimed_profiles_and_operators_begin_new_ones() {
    let registry = Running::start().await;
    let (_, content) = registry.profile_of(1, "alice").await;
    let host = registry.host("mini").await;
    let changed = registry.commit(&host, "alice", &content, &[put("SOUL.md", "Edited on the host.\n")]).await;
    assert_eq!(changed.status, 201, "{changed:?}");
    let history = registry.get("/profiles/alice/history", Some(&host)).await.json();
    assert_eq!(history["entries"][0]["author"], "host:mini <registry@localhost>");
    let unknown = registry.commit(&host, "carol", &Value::Null, &[put("SOUL.md", "x\n")]).await;
    assert_eq!(unknown.problem(), (404, "profile-not-found".to_owned()));
    let begun = registry.commit(ADMIN, "carol", &Value::Null, &[put("SOUL.md", "x\n")]).await;
    assert_eq!(begun.status, 201, "{begun:?}");
    let unclaimed = registry.commit(&host, "carol", &begun.json()["content_id"], &[put("SOUL.md", "y\n")]).await;
    assert_eq!(unclaimed.problem(), (422, "change-refused".to_owned()));
    assert_eq!(unclaimed.json()["refusals"][0]["rule"], "unclaimed-profile");
}

#[tokio::test]
async fn a_commit_is_there_after_a_restart_byte_for_byte() {
    let registry = Running::start().await;
    let (alice, content) = registry.profile_of(1, "alice").await;
    let bytes: Vec<u8> = (0..=255).collect();
    let change = json!({"path": "skills/a/picture.bin", "content": BASE64_STANDARD.encode(&bytes)});
    assert_eq!(registry.commit(&alice, "alice", &content, &[change]).await.status, 201);
    let registry = registry.restart().await;
    let request = registry.request(reqwest::Method::GET, "/profiles/alice/files/skills/a/picture.bin", Some(&alice));
    assert_eq!(request.send().await.unwrap().bytes().await.unwrap(), bytes);
}

#[tokio::test]
async fn whether_somebody_else_has_some_content_is_not_found_out_by_a_base() {
    let registry = Running::start().await;
    let (alice, _) = registry.profile_of(1, "alice").await;
    let (bob, theirs) = registry.profile_of(2, "bob").await;
    let soul = [put("SOUL.md", "I am alice.\n")];
    let there = registry.commit(&alice, "alice", &theirs, &soul).await;
    let nowhere = registry.commit(&alice, "alice", &json!("0000000000000000000000000000000000000000"), &soul).await;
    assert_eq!((there.status, there.text), (nowhere.status, nowhere.text));
    assert_eq!(registry.get("/profiles/bob", Some(&bob)).await.json()["content_id"], theirs);
}

#[tokio::test]
async fn changes_that_wait_for_another_one_leave_threads_to_those_who_read() {
    let registry = Running::start().await;
    let (alice, content) = registry.profile_of(1, "alice").await;
    let (bob, _) = registry.profile_of(2, "bob").await;
    // Nobody else changes anything while it is held.
    let lock = File::options().write(true).open(registry.folder.path().join("registry/writer.lock")).unwrap();
    lock.lock().unwrap();
    let change = [put("SOUL.md", "Mine.\n")];
    for _ in 0..3 {
        let ask = async || {
            let asked = registry.commit(&alice, "alice", &content, &change);
            tokio::time::timeout(Duration::from_millis(500), asked).await.is_err()
        };
        assert!(join_all((0..200).map(|_| ask())).await.into_iter().all(|has_given_up| has_given_up));
    }
    let others = tokio::time::timeout(Duration::from_secs(10), registry.get("/profiles", Some(&bob))).await;
    assert!(others.is_ok_and(|told| told.status == 200));
    drop(lock);
    let again = registry.commit(&alice, "alice", &content, &change).await;
    assert_eq!(again.status, 200, "what was asked for first has been done: {again:?}");
}
