//! Who is let in, how often, and what a probe sees.

use reqwest::Method;
use serde_json::json;

use crate::support::{ADMIN, Answer, Running};

#[tokio::test]
async fn callers_without_a_token_are_bounded_and_others_are_not() {
    let registry = Running::start_with("anonymous_per_minute = 5").await;
    let claims = async |address: &'static str| {
        let request = registry.request(Method::POST, "/claims", None).header("x-forwarded-for", address);
        Answer::read(request.json(&json!({"profile": "lao-wang"})).send().await.unwrap()).await
    };
    for _ in 0..5 {
        assert_eq!(claims("198.51.100.1").await.status, 201);
    }
    let limited = claims("198.51.100.2").await;
    assert_eq!(limited.problem(), (429, "too-many-requests".to_owned()), "nobody's word about the address is believed");
    assert_eq!(limited.headers["retry-after"], "60");
    assert_eq!(registry.get("/ownership", Some("tw-guess")).await.status, 429, "guesses count too");
    assert_eq!(registry.get("/ownership", Some(ADMIN)).await.status, 200);
    assert_eq!(registry.get("/healthz", None).await.status, 200);
    registry.clock.advance(chrono::TimeDelta::seconds(60));
    assert_eq!(claims("198.51.100.1").await.status, 201);
}

#[tokio::test]
async fn behind_a_trusted_proxy_each_address_counts_by_itself() {
    let registry = Running::start_with("anonymous_per_minute = 1\ntrusted_proxies = [\"127.0.0.0/8\"]").await;
    let login = async |address: &'static str| {
        let request = registry.request(Method::POST, "/login", None).header("x-forwarded-for", address);
        Answer::read(request.send().await.unwrap()).await.status
    };
    assert_eq!((login("198.51.100.1").await, login("198.51.100.2").await), (201, 201));
    assert_eq!((login("198.51.100.1").await, login("192.0.2.9, 198.51.100.2").await), (429, 429));
}

#[tokio::test]
async fn the_configured_token_is_needed_for_what_operators_do() {
    let registry = Running::start().await;
    assert_eq!(registry.get("/credentials", None).await.problem(), (401, "unauthorized".to_owned()));
    let near = format!("{ADMIN}x");
    let refused = registry.get("/credentials", Some(&near)).await;
    assert_eq!(refused.headers["www-authenticate"], "Bearer realm=\"twilight\", error=\"invalid_token\"");
    let owner = registry.owner_of(7, "lao-wang").await;
    assert_eq!(registry.get("/credentials", Some(&owner)).await.problem(), (403, "forbidden".to_owned()));
    assert_eq!(registry.get("/credentials", Some(ADMIN)).await.status, 200);
}

#[tokio::test]
async fn a_probe_sees_a_registry_that_is_ready_and_its_operations() {
    let registry = Running::start().await;
    registry.owner_of(7, "lao-wang").await;
    let ready = registry.get("/readyz", None).await;
    assert_eq!((ready.status, &ready.json()["checks"]["owners"]["ok"]), (200, &json!(true)), "{ready:?}");
    let metrics = registry.get("/metrics", None).await.text;
    assert!(metrics.contains("registry_operations_total{kind=\"claim\",result=\"done\"}"), "{metrics}");
    assert_eq!(registry.get("/nowhere", None).await.problem(), (404, "no-such-route".to_owned()));
}
