//! Claims: what they write, and what they are refused for.

use serde_json::json;

use crate::support::{ADMIN, Running};

#[tokio::test]
async fn test_claim_writes_owner() {
    let registry = Running::start().await;
    let begun = registry.claim(" Lao-Wang ").await;
    let operation = begun.field("operation");
    assert_eq!(begun.field("link"), format!("https://t.me/TwilightBot/claim?startapp={operation}"));
    assert_eq!(begun.field("code"), operation[..6]);
    assert_eq!(registry.poll(&begun).await.field("state"), "open");
    assert_eq!(registry.lines(), Vec::<String>::new(), "nothing is written before it is proved");

    let confirmed = registry.confirm(7, &operation).await;
    assert_eq!((confirmed.status, confirmed.field("state").as_str()), (200, "done"), "{confirmed:?}");
    assert_eq!(registry.lines(), ["lao-wang | tg:7 | telegram | 2026-11-23T08:00:00Z"]);
    let history = registry.store().head().unwrap().id();
    let told = registry.poll(&begun).await;
    assert_eq!((told.field("owner"), told.field("profile")), ("tg:7".to_owned(), "lao-wang".to_owned()));

    let token = told.field("token");
    let own = registry.get("/ownership", Some(&token)).await.json();
    let line = json!({"profile": "lao-wang", "owner": "tg:7", "verified_by": "telegram",
        "claimed_at": "2026-11-23T08:00:00Z"});
    assert_eq!(own, json!({"owners": [line]}));
    assert_eq!(registry.poll(&begun).await.problem(), (410, "collected".to_owned()), "a token is told once");
    assert_eq!(registry.store().head().unwrap().id(), history);
}

#[tokio::test]
async fn test_claim_idempotent() {
    let registry = Running::start().await;
    let token = registry.owner_of(7, "lao-wang").await;
    let head = registry.store().head().unwrap().id();
    registry.clock.advance(chrono::TimeDelta::hours(1));

    let again = registry.post("/claims", Some(&token), json!({"profile": "lao-wang"})).await;
    assert_eq!((again.status, again.field("state").as_str()), (200, "done"), "who is logged in proves nothing again");
    let second = registry.owner_of(7, "lao-wang").await;
    assert_ne!(second, token, "without a token it is proved, and is a login");
    assert_eq!(registry.store().head().unwrap().id(), head, "no commit");
    assert_eq!(registry.lines(), ["lao-wang | tg:7 | telegram | 2026-11-23T08:00:00Z"]);
}

#[tokio::test]
async fn test_claim_rejected_if_owned() {
    let registry = Running::start().await;
    registry.owner_of(7, "lao-wang").await;
    let head = registry.store().head().unwrap().id();
    let begun = registry.claim("lao-wang").await;
    let refused = registry.confirm(8, &begun.field("operation")).await;
    assert_eq!(refused.field("state"), "refused");
    assert_eq!(refused.field("reason"), "the profile lao-wang has an owner already");
    let told = registry.poll(&begun).await;
    assert_eq!((told.field("state").as_str(), told.json()["token"].is_null()), ("refused", true));

    let other = registry.owner_of(8, "lao-li").await;
    let at_once = registry.post("/claims", Some(&other), json!({"profile": "lao-wang"})).await;
    assert_eq!(at_once.problem(), (409, "owned".to_owned()), "{at_once:?}");
    assert!(!at_once.text.contains("tg:7"), "whose it is is not the asker's business");
    assert_eq!(registry.lines().len(), 2);
    assert_ne!(registry.store().head().unwrap().id(), head);
}

#[tokio::test]
async fn of_two_claims_that_race_one_wins_and_the_other_is_told() {
    let registry = Running::start().await;
    for round in 0..5 {
        let profile = format!("wanted-{round}");
        let begun = [registry.claim(&profile).await, registry.claim(&profile).await];
        let operations = [begun[0].field("operation"), begun[1].field("operation")];
        let (one, other) = tokio::join!(registry.confirm(7, &operations[0]), registry.confirm(8, &operations[1]));
        let mut states = [one.field("state"), other.field("state")];
        let winner = if states[0] == "done" { "tg:7" } else { "tg:8" };
        states.sort();
        assert_eq!(states, ["done", "refused"]);
        let line = registry.lines().into_iter().find(|line| line.starts_with(&profile)).unwrap();
        assert!(line.contains(winner), "{line}");
    }
    assert_eq!(registry.lines().len(), 5);
}

#[tokio::test]
async fn a_name_that_hermes_keeps_or_nobody_can_have_is_refused() {
    let registry = Running::start().await;
    for name in ["default", "gateway", "../etc", "a|b", "", "ä", &"x".repeat(65)] {
        let refused = registry.post("/claims", None, json!({"profile": name})).await;
        assert_eq!(refused.problem(), (400, "invalid-parameter".to_owned()), "{name:?}: {refused:?}");
    }
    for body in [json!({}), json!({"profile": 7}), json!({"profile": "a", "owner": "tg:9"}), json!([])] {
        assert_eq!(registry.post("/claims", None, body).await.status, 400);
    }
}

#[tokio::test]
async fn an_owner_has_so_many_profiles_and_no_more() {
    let registry = Running::start_with("max_profiles_per_owner = 2\nanonymous_per_minute = 1000").await;
    registry.owner_of(7, "one").await;
    registry.owner_of(7, "two").await;
    let begun = registry.claim("three").await;
    let refused = registry.confirm(7, &begun.field("operation")).await;
    assert_eq!(refused.field("reason"), "tg:7 has 2 profiles already, and may have no more");
    registry.owner_of(7, "two").await;
    registry.owner_of(8, "three").await;
    let all = registry.get("/ownership", Some(ADMIN)).await.json();
    assert_eq!(all["owners"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn a_claim_expires() {
    let registry = Running::start().await;
    let begun = registry.claim("lao-wang").await;
    registry.clock.advance(chrono::TimeDelta::minutes(15));
    let late = registry.confirm(7, &begun.field("operation")).await;
    assert_eq!(late.problem(), (410, "operation-expired".to_owned()));
    assert_eq!(registry.poll(&begun).await.problem(), (410, "operation-expired".to_owned()));
    assert!(registry.lines().is_empty());
}
