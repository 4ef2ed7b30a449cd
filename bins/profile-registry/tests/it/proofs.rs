//! Telegram's proofs: right person, right operation, fresh, once.

use chrono::TimeDelta;
use serde_json::json;

use crate::support::{Answer, BOT_TOKEN, Running, launch};

async fn send(registry: &Running, operation: &str, init_data: &str) -> Answer {
    registry.post(&format!("/operations/{operation}/telegram"), None, json!({"init_data": init_data})).await
}

#[tokio::test]
async fn a_replayed_proof_is_refused() {
    let registry = Running::start().await;
    registry.owner_of(7, "lao-wang").await;
    let (one, other) = (registry.claim("lao-li").await, registry.claim("lao-zhang").await);
    let proof = launch(BOT_TOKEN, 8, &one.field("operation"), registry.clock.now());
    assert_eq!(send(&registry, &one.field("operation"), &proof).await.field("state"), "done");
    assert_eq!(send(&registry, &one.field("operation"), &proof).await.problem(), (409, "proof-used".to_owned()));
    let elsewhere = send(&registry, &other.field("operation"), &proof).await;
    assert_eq!(elsewhere.problem(), (403, "proof-refused".to_owned()), "it names its operation");
    assert_eq!(registry.lines().len(), 2);

    // Of a transfer, where the operation stays open after one side.
    let wang = registry.post("/login", None, json!({})).await;
    registry.confirm(7, &wang.field("operation")).await;
    let token = registry.poll(&wang).await.field("token");
    let begun = registry.post("/transfers", Some(&token), json!({"profile": "lao-wang", "to": "tg:8"})).await;
    let operation = begun.field("operation");
    let proof = launch(BOT_TOKEN, 8, &operation, registry.clock.now());
    assert_eq!(send(&registry, &operation, &proof).await.field("state"), "open");
    assert_eq!(send(&registry, &operation, &proof).await.problem(), (409, "proof-used".to_owned()));
    assert!(registry.lines().iter().any(|line| line.starts_with("lao-wang | tg:7 ")));
}

#[tokio::test]
async fn a_proof_stays_used_when_the_registry_starts_again() {
    let registry = Running::start().await;
    let begun = registry.claim("lao-wang").await;
    let operation = begun.field("operation");
    let proof = launch(BOT_TOKEN, 7, &operation, registry.clock.now());
    send(&registry, &operation, &proof).await;
    let registry = registry.restart().await;
    assert_eq!(send(&registry, &operation, &proof).await.problem(), (409, "proof-used".to_owned()));
    assert_eq!(registry.poll(&begun).await.field("owner"), "tg:7", "and what came of it is told");
}

#[tokio::test]
async fn a_forged_a_foreign_and_an_old_proof_are_refused_and_use_nothing_up() {
    let registry = Running::start().await;
    let begun = registry.claim("lao-wang").await;
    let operation = begun.field("operation");
    let now = registry.clock.now();
    let refused = (403, "proof-refused".to_owned());
    let foreign = launch("987654321:another-bot", 7, &operation, now);
    assert_eq!(send(&registry, &operation, &foreign).await.problem(), refused);
    let good = launch(BOT_TOKEN, 7, &operation, now);
    let forged = good.replacen("%3A7%2C", "%3A8%2C", 1);
    assert_ne!(forged, good);
    assert_eq!(send(&registry, &operation, &forged).await.problem(), refused);
    let old = launch(BOT_TOKEN, 7, &operation, now - TimeDelta::seconds(301));
    assert_eq!(send(&registry, &operation, &old).await.problem(), refused);
    let unbound = launch(BOT_TOKEN, 7, "", now);
    assert_eq!(send(&registry, &operation, &unbound).await.problem(), refused);
    assert_eq!(send(&registry, &operation, "nonsense").await.problem(), (400, "invalid-parameter".to_owned()));
    assert!(registry.lines().is_empty());
    assert_eq!(send(&registry, &operation, &good).await.field("state"), "done");
}

#[tokio::test]
async fn only_who_began_an_operation_is_told_its_result() {
    let registry = Running::start().await;
    let begun = registry.claim("lao-wang").await;
    let path = format!("/operations/{}", begun.field("operation"));
    registry.confirm(7, &begun.field("operation")).await;
    assert_eq!(registry.get(&path, None).await.problem(), (401, "unauthorized".to_owned()));
    let other = registry.claim("lao-li").await.field("poll");
    assert_eq!(registry.get(&path, Some(&other)).await.problem(), (401, "wrong-poll-secret".to_owned()));
    let unknown = format!("/operations/{}", "0".repeat(32));
    assert_eq!(registry.get(&unknown, Some(&other)).await.problem(), (404, "unknown-operation".to_owned()));
    assert_eq!(registry.get("/operations/1", Some(&other)).await.problem(), (404, "unknown-operation".to_owned()));
    let shown = registry.get(&format!("{path}/telegram"), None).await;
    assert!(!shown.text.contains("token") && shown.field("kind") == "claim", "{shown:?}");
    assert_eq!(registry.poll(&begun).await.field("owner"), "tg:7");
}
