//! The past of a profile: whose it was then, it is theirs to see.

use serde_json::{Value, json};

use crate::support::{ADMIN, Running, put, text};

fn entries(answer: &Value) -> Vec<Value> {
    answer["entries"].as_array().unwrap().clone()
}

#[tokio::test]
async fn history_says_who_changed_which_files_in_pages() {
    let registry = Running::start().await;
    let (alice, mut content) = registry.profile_of(1, "alice").await;
    registry.profile_of(2, "bob").await;
    for round in 0..4 {
        let changes = [put("SOUL.md", &format!("{round}\n")), put(&format!("skills/s/{round}.md"), "x\n")];
        content = registry.commit(&alice, "alice", &content, &changes).await.json()["content_id"].clone();
    }
    let first = registry.get("/profiles/alice/history?limit=3", Some(&alice)).await.json();
    let newest = &entries(&first)[0];
    assert_eq!(newest["paths"], json!(["SOUL.md", "skills/s/3.md"]));
    assert_eq!((&newest["author"], &newest["message"]), (&json!("tg:1 <registry@localhost>"), &json!("An edit")));
    assert_eq!((&newest["at"], &newest["content_id"]), (&json!("2026-11-23T08:00:00Z"), &content));
    let next = format!("/profiles/alice/history?limit=3&before={}", first["next"].as_str().unwrap());
    let second = registry.get(&next, Some(&alice)).await.json();
    assert_eq!((entries(&first).len(), entries(&second).len(), &second["next"]), (3, 2, &Value::Null));
    assert_eq!(entries(&second)[1]["paths"], json!(["SOUL.md"]));
    let unknown = format!("/profiles/alice/history?before={}", "1".repeat(40));
    assert_eq!(registry.get(&unknown, Some(&alice)).await.problem(), (404, "unknown-commit".to_owned()));
}

#[tokio::test]
async fn a_difference_is_unified_and_says_what_happened_to_each_file() {
    let registry = Running::start().await;
    let (alice, content) = registry.profile_of(1, "alice").await;
    let from = registry.store().head().unwrap().id();
    let changes = [put("SOUL.md", "I am Alice.\n"), json!({"path": "skills/a/x.bin", "content": "AAECAw=="})];
    assert_eq!(registry.commit(&alice, "alice", &content, &changes).await.status, 201);
    let diff = registry.get(&format!("/profiles/alice/diff?from={from}"), Some(&alice)).await.json();
    let soul = &diff["files"][0];
    assert_eq!((&soul["path"], &soul["status"]), (&json!("SOUL.md"), &json!("changed")));
    assert!(soul["diff"].as_str().unwrap().contains("-I am alice.\n+I am Alice.\n"), "{soul}");
    let binary = json!({"path": "skills/a/x.bin", "status": "added", "diff": null});
    assert_eq!((&diff["files"][1], diff["files"].as_array().unwrap().len()), (&binary, 2));
    let to = diff["to"].as_str().unwrap();
    let back = registry.get(&format!("/profiles/alice/diff?from={to}&to={from}"), Some(&alice)).await.json();
    assert_eq!((&back["files"][1]["status"], &back["to"]), (&json!("deleted"), &json!(from.to_string())));
    let missing = registry.get("/profiles/alice/diff", Some(&alice)).await;
    assert_eq!(missing.problem(), (400, "missing-parameter".to_owned()));
}

#[tokio::test]
async fn a_profile_is_restored_by_a_new_commit() {
    let registry = Running::start().await;
    let (alice, content) = registry.profile_of(1, "alice").await;
    let good = registry.store().head().unwrap().id().to_string();
    let changes = [json!({"path": "SOUL.md", "delete": true}), put("AGENTS.md", "Worse.\n")];
    assert_eq!(registry.commit(&alice, "alice", &content, &changes).await.status, 201);
    let restored = registry.post("/profiles/alice/restore", Some(&alice), json!({"commit": good})).await;
    assert_eq!((restored.status, &restored.json()["content_id"]), (201, &content), "{restored:?}");
    let again = registry.post("/profiles/alice/restore", Some(&alice), json!({"commit": good})).await;
    assert_eq!((again.status, &again.json()["is_new"]), (200, &json!(false)));
    let history = entries(&registry.get("/profiles/alice/history", Some(&alice)).await.json());
    assert_eq!((history.len(), &history[0]["message"]), (3, &json!(format!("Restore alice as of {}", &good[..12]))));
    for (commit, status) in [("1".repeat(40), 404), ("x".to_owned(), 400)] {
        let refused = registry.post("/profiles/alice/restore", Some(&alice), json!({"commit": commit})).await;
        assert_eq!(refused.status, status, "{refused:?}");
    }
}

#[tokio::test]
async fn whoever_gets_a_profile_gets_nothing_of_its_past() {
    let registry = Running::start().await;
    let (alice, content) = registry.profile_of(1, "shared").await;
    let (bob, _) = registry.profile_of(2, "bob").await;
    let private = [put("SOUL.md", "What only Alice may know.\n")];
    let private = registry.commit(&alice, "shared", &content, &private).await.json();
    let cleaned = [put("SOUL.md", "For Bob.\n")];
    registry.commit(&alice, "shared", &private["content_id"], &cleaned).await;
    registry.hand_over("shared", (1, &alice), 2).await;
    let commit = private["commit"].as_str().unwrap();

    let whole = registry.get("/profiles/shared/content", Some(&bob)).await;
    assert_eq!(text(&whole, "SOUL.md"), "For Bob.\n");
    let at = whole.json()["content_id"].clone();
    assert_eq!(registry.commit(&bob, "shared", &at, &[put("SOUL.md", "Bob's.\n")]).await.status, 201);
    let head = registry.store().head().unwrap().id();
    for path in [
        format!("?at={commit}"),
        format!("/content?at={commit}"),
        format!("/files/SOUL.md?at={commit}"),
        format!("/diff?from={commit}"),
        format!("/diff?from={head}&to={commit}"),
    ] {
        let past = registry.get(&format!("/profiles/shared{path}"), Some(&bob)).await;
        assert_eq!(past.problem(), (404, "unknown-commit".to_owned()), "{path}: {past:?}");
        assert_eq!(registry.get(&format!("/profiles/shared{path}"), Some(ADMIN)).await.status, 200);
    }
    let back = registry.post("/profiles/shared/restore", Some(&bob), json!({"commit": commit})).await;
    assert_eq!(back.problem(), (404, "unknown-commit".to_owned()));
    let history = registry.get("/profiles/shared/history", Some(&bob)).await;
    assert_eq!(entries(&history.json()).len(), 1, "{history:?}");
    assert!(!history.text.contains("tg:1 "), "{history:?}");
    let all = registry.get("/profiles/shared/history", Some(ADMIN)).await.json();
    assert_eq!(entries(&all).len(), 4);
    assert_eq!(registry.get("/profiles/shared", Some(&alice)).await.status, 404, "and Alice has it no more");

    registry.hand_over("shared", (2, &bob), 1).await;
    let again = entries(&registry.get("/profiles/shared/history", Some(&alice)).await.json());
    assert_eq!(again.len(), 3, "what was hers is hers to see again, and Bob's is not");
}

#[tokio::test]
async fn what_an_operator_says_of_several_profiles_is_told_to_none_of_their_owners() {
    let registry = Running::start().await;
    let (alice, _) = registry.profile_of(1, "alice").await;
    registry.profile_of(2, "bob").await;
    let store = registry.store();
    let author = profile_store::Author::new("admin", "a@b", registry.clock.now());
    let change = |profile: &str| {
        let profile = profile_store::ProfileName::parse(profile).unwrap();
        profile_store::Change::put(&profile, "AGENTS.md", "All of you.\n")
    };
    let (base, actor) = (profile_store::Base::Any, profile_store::Actor::Admin);
    store.commit(base, &actor, &author, "After the quarrel with bob", &[change("alice"), change("bob")]).unwrap();
    store.commit(base, &actor, &author, "For alice alone", &[change_of("alice", "x\n")]).unwrap();
    let history = entries(&registry.get("/profiles/alice/history", Some(&alice)).await.json());
    let messages: Vec<&str> = history.iter().map(|entry| entry["message"].as_str().unwrap()).collect();
    assert_eq!(messages[..2], ["For alice alone", "Change by an administrator"]);
    let all = registry.get("/profiles/alice/history", Some(ADMIN)).await;
    assert!(all.text.contains("quarrel"));
}

fn change_of(profile: &str, text: &str) -> profile_store::Change {
    profile_store::Change::put(&profile_store::ProfileName::parse(profile).unwrap(), "SOUL.md", text)
}
