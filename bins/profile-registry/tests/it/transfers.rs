//! Transfers: both agree, or nothing moves.

use serde_json::json;

use crate::support::{ADMIN, Answer, Running};

async fn begin(registry: &Running, token: &str, to: &str) -> Answer {
    registry.post("/transfers", Some(token), json!({"profile": "lao-wang", "to": to})).await
}

async fn consent(registry: &Running, begun: &Answer, token: &str) -> Answer {
    registry.post(&format!("/operations/{}/consent", begun.field("operation")), Some(token), json!(null)).await
}

#[tokio::test]
async fn a_transfer_moves_the_line_once_both_agreed() {
    let registry = Running::start().await;
    let wang = registry.owner_of(7, "lao-wang").await;
    let begun = begin(&registry, &wang, "tg:9").await;
    assert_eq!(begun.status, 201, "{begun:?}");
    let half = consent(&registry, &begun, &wang).await;
    assert_eq!((half.field("state").as_str(), &half.json()["to_agreed"]), ("open", &json!(false)));
    assert!(registry.lines()[0].contains("tg:7"), "one side moves nothing");
    registry.clock.advance(chrono::TimeDelta::seconds(60));

    let whole = registry.confirm(9, &begun.field("operation")).await;
    assert_eq!(whole.field("state"), "done", "{whole:?}");
    assert_eq!(registry.lines(), ["lao-wang | tg:9 | telegram | 2026-11-23T08:01:00Z"]);
    let told = registry.poll(&begun).await;
    assert_eq!((told.field("state").as_str(), told.json()["token"].is_null()), ("done", true));
    assert_eq!(registry.get("/ownership", Some(&wang)).await.json(), json!({"owners": []}));
}

#[tokio::test]
async fn both_may_agree_with_telegram_and_in_any_order() {
    let registry = Running::start().await;
    let wang = registry.owner_of(7, "lao-wang").await;
    let begun = begin(&registry, &wang, "tg:9").await;
    let operation = begun.field("operation");
    assert_eq!(registry.confirm(9, &operation).await.field("state"), "open");
    registry.clock.advance(chrono::TimeDelta::seconds(1));
    assert_eq!(registry.confirm(9, &operation).await.field("state"), "open", "one side twice is one side");
    assert_eq!(registry.confirm(7, &operation).await.field("state"), "done");
    assert!(registry.lines()[0].contains("tg:9"));
}

#[tokio::test]
async fn nobody_else_begins_it_or_agrees_to_it() {
    let registry = Running::start().await;
    let wang = registry.owner_of(7, "lao-wang").await;
    let stranger = registry.owner_of(8, "lao-li").await;
    assert_eq!(begin(&registry, &stranger, "tg:8").await.problem(), (403, "owned".to_owned()));
    assert_eq!(begin(&registry, "tw-guess", "tg:8").await.problem(), (401, "unauthorized".to_owned()));
    assert_eq!(begin(&registry, &wang, "tg:7").await.status, 400, "to oneself");
    assert_eq!(begin(&registry, &wang, "nobody").await.status, 400);
    let unowned = registry.post("/transfers", Some(&wang), json!({"profile": "lao-zhang", "to": "tg:8"})).await;
    assert_eq!(unowned.problem(), (404, "unclaimed".to_owned()));

    let begun = begin(&registry, ADMIN, "tg:9").await;
    assert_eq!(begun.status, 201, "an operator may begin it for them");
    let operation = begun.field("operation");
    assert_eq!(consent(&registry, &begun, &stranger).await.problem(), (403, "not-concerned".to_owned()));
    assert_eq!(consent(&registry, &begun, ADMIN).await.problem(), (403, "forbidden".to_owned()), "not agree for them");
    assert_eq!(registry.confirm(8, &operation).await.problem(), (403, "not-concerned".to_owned()));
    assert_eq!(begin(&registry, &wang, "tg:8").await.problem(), (409, "operation-under-way".to_owned()));
    assert!(registry.lines().iter().any(|line| line.starts_with("lao-wang | tg:7 ")));
}

#[tokio::test]
async fn who_is_no_longer_the_owner_cannot_give_it_away() {
    let registry = Running::start().await;
    let wang = registry.owner_of(7, "lao-wang").await;
    let begun = begin(&registry, &wang, "tg:9").await;
    consent(&registry, &begun, &wang).await;
    // An operator corrects OWNERS meanwhile.
    let store = registry.store();
    let mut owners = registry.owners();
    let profile = "lao-wang".parse().unwrap();
    owners
        .transfer(&profile, &"tg:7".parse().unwrap(), &"tg:5".parse().unwrap(), "admin", registry.clock.now())
        .unwrap();
    let author = profile_store::Author::new("admin", "admin@localhost", registry.clock.now());
    let change = [profile_store::Change::owners(&owners)];
    store.commit(profile_store::Base::Any, &profile_store::Actor::Admin, &author, "Correct", &change).unwrap();

    let refused = registry.confirm(9, &begun.field("operation")).await;
    assert_eq!(refused.field("state"), "refused", "{refused:?}");
    assert!(registry.lines()[0].contains("tg:5"));
}

#[tokio::test]
async fn a_token_agrees_to_transfers_and_to_nothing_else() {
    let registry = Running::start().await;
    let wang = registry.owner_of(7, "lao-wang").await;
    let login = registry.post("/login", None, json!({})).await;
    assert_eq!(consent(&registry, &login, &wang).await.problem(), (409, "no-transfer".to_owned()));
    let claim = registry.claim("lao-li").await;
    assert_eq!(consent(&registry, &claim, &wang).await.problem(), (409, "no-transfer".to_owned()));
    assert_eq!(registry.lines().len(), 1);
}
