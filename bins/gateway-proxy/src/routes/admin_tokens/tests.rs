use std::sync::Arc;

use access_tokens::Directory;
use axum::{
    body::Body,
    http::{Method, Request, StatusCode},
    middleware::from_fn_with_state,
};
use chrono::{DateTime, TimeDelta, Utc};
use daemon_kit::{clock::Clock, config::Secret};
use gateway_ledger::{Ledger, LedgerOptions};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt as _;

use super::*;
use crate::admin::{AdminAuth, require_admin};

const ADMIN: &str = "the-configured-admin-token";

struct Api {
    router: Router,
    directory: Arc<Directory>,
    clock: Clock,
    _folder: TempDir,
}

impl Api {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Clock::fixed("2026-11-23T04:00:00Z".parse().unwrap());
        let (ledger, _) = Ledger::open(folder.path(), LedgerOptions::default(), clock.now()).unwrap();
        let directory = Arc::new(Directory::new());
        let tokens = Arc::new(Tokens::new(ledger, directory.clone(), clock.clone()));
        let auth = AdminAuth::new(Some(&Secret::new(ADMIN)), directory.clone(), clock.clone());
        let router = router(tokens, clock.clone()).layer(from_fn_with_state(auth, require_admin));
        Self { router, directory, clock, _folder: folder }
    }

    async fn ask(&self, method: Method, path: &str, body: Value) -> (StatusCode, Value) {
        let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
        let request = Request::builder().method(method).uri(path).header("authorization", format!("Bearer {ADMIN}"));
        let answer = self.router.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        let status = answer.status();
        let bytes = answer.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice(&bytes).unwrap())
    }

    async fn register(&self, body: Value) -> (StatusCode, Value) {
        self.ask(Method::POST, "/admin/tokens", body).await
    }

    async fn list(&self, query: &str) -> Vec<String> {
        let (status, answer) = self.ask(Method::GET, &format!("/admin/tokens{query}"), Value::Null).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        let ids = answer["tokens"].as_array().unwrap().iter();
        ids.map(|token| token["id"].as_str().unwrap().to_owned()).collect()
    }

    fn lets_in(&self, text: &str) -> bool {
        self.directory.authenticate(text.as_bytes(), self.clock.now()).is_ok()
    }
}

fn wanted(id: &str, text: &str) -> Value {
    json!({"id": id, "profile": "alice", "scopes": ["llm", "read"], "models": ["qwen-*"], "daily_cap_cny": "5.5",
           "expires_at": "2026-12-31T16:00:00Z", "sha256": access_tokens::Digest::of(text.as_bytes()).to_string()})
}

#[tokio::test]
async fn a_token_that_the_gateway_makes_is_shown_once() {
    let api = Api::start();
    let (status, answer) = api.register(json!({"profile": "alice", "scopes": ["llm"]})).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    let secret = answer["secret"].as_str().unwrap();
    assert!(secret.starts_with("tw-") && api.lets_in(secret));
    let id = answer["token"]["id"].as_str().unwrap();
    assert!(id.starts_with("alice-") && id.len() == 14, "{id}");
    assert_eq!(answer["token"]["name"], id);
    let (_, listed) = api.ask(Method::GET, "/admin/tokens", Value::Null).await;
    assert!(!listed.to_string().contains(&secret[3..]) && !listed.to_string().contains("sha256"), "{listed}");
    // The same id again would be another token: its text could not be shown a second time.
    let again = json!({"id": id, "profile": "alice", "scopes": ["llm"]});
    let (status, answer) = api.register(again).await;
    assert_eq!((status, &answer["type"]), (StatusCode::CONFLICT, &json!("urn:twilight:problem:conflict")));
    assert!(answer.get("secret").is_none(), "{answer}");
}

#[tokio::test]
async fn registering_a_digest_is_idempotent_by_id_and_anything_else_under_it_is_a_conflict() {
    let api = Api::start();
    let (status, answer) = api.register(wanted("order-7", "tw-one")).await;
    assert_eq!(status, StatusCode::CREATED);
    assert_eq!(
        answer["token"],
        json!({"id": "order-7", "name": "order-7", "profile": "alice", "scopes": ["llm", "read"], "models": ["qwen-*"],
               "daily_cap_cny": "5.5", "expires_at": "2026-12-31T16:00:00Z", "created_at": "2026-11-23T04:00:00Z",
               "revoked_at": null, "state": "valid"})
    );
    assert!(answer.get("secret").is_none() && api.lets_in("tw-one"));
    api.clock.advance(TimeDelta::hours(2));
    let (status, again) = api.register(wanted("order-7", "tw-one")).await;
    assert_eq!((status, &again["token"]), (StatusCode::OK, &answer["token"]), "it is as old as it is");
    assert_eq!(api.register(wanted("order-7", "tw-two")).await.0, StatusCode::CONFLICT);
    assert_eq!(api.register(wanted("order-8", "tw-one")).await.0, StatusCode::CONFLICT);
    let mut wider = wanted("order-7", "tw-one");
    wider["scopes"] = json!(["llm", "admin"]);
    assert_eq!(api.register(wider).await.0, StatusCode::CONFLICT);
    assert_eq!(api.list("").await, ["order-7"]);
}

#[tokio::test]
async fn tokens_are_listed_by_profile_and_state_and_revoked_for_good() {
    let api = Api::start();
    for id in ["a", "b"] {
        api.register(wanted(id, &format!("tw-{id}"))).await;
    }
    api.register(json!({"id": "c", "profile": "bob", "scopes": ["read"]})).await;
    let (status, answer) = api.ask(Method::DELETE, "/admin/tokens/a", Value::Null).await;
    assert_eq!((status, &answer["token"]["state"]), (StatusCode::OK, &json!("revoked")));
    assert!(!api.lets_in("tw-a") && api.lets_in("tw-b"));
    assert_eq!(api.ask(Method::DELETE, "/admin/tokens/a", Value::Null).await.0, StatusCode::OK, "again is harmless");
    assert_eq!(api.ask(Method::DELETE, "/admin/tokens/z", Value::Null).await.0, StatusCode::NOT_FOUND);
    assert_eq!(api.register(wanted("a", "tw-a")).await.0, StatusCode::CONFLICT, "it does not come back");
    assert_eq!(api.list("?profile=alice").await, ["a", "b"]);
    assert_eq!(api.list("?state=valid").await, ["b", "c"]);
    assert_eq!(api.list("?state=revoked").await, ["a"]);
    api.clock.set("2027-01-01T00:00:00Z".parse::<DateTime<Utc>>().unwrap());
    assert_eq!(api.list("?state=expired&profile=alice").await, ["b"]);
    assert!(!api.lets_in("tw-b"));
    let (status, problem) = api.ask(Method::GET, "/admin/tokens?state=gone", Value::Null).await;
    assert_eq!((status, &problem["field"]), (StatusCode::BAD_REQUEST, &json!("state")));
}

#[tokio::test]
async fn an_expired_token_may_be_registered_again_as_it_was_and_an_id_made_up_can_be_revoked_from_a_shell() {
    let api = Api::start();
    assert_eq!(api.register(wanted("order-7", "tw-one")).await.0, StatusCode::CREATED);
    api.clock.set("2027-01-01T00:00:00Z".parse::<DateTime<Utc>>().unwrap());
    let (status, answer) = api.register(wanted("order-7", "tw-one")).await;
    assert_eq!((status, &answer["token"]["state"]), (StatusCode::OK, &json!("expired")));
    for (profile, begins) in [("研究-a!", "a-"), ("研究", "token-"), ("--x", "x-")] {
        let (status, answer) = api.register(json!({"profile": profile, "scopes": ["llm"]})).await;
        let id = answer["token"]["id"].as_str().unwrap();
        assert!(status == StatusCode::CREATED && id.starts_with(begins), "{profile}: {answer}");
    }
}

#[tokio::test]
async fn what_cannot_be_registered_is_refused_by_its_field_and_leaves_nothing() {
    let api = Api::start();
    let with = |field: &str, value: Value| {
        let mut body = wanted("a", "tw-a");
        body[field] = value;
        body
    };
    for (body, field) in [
        (with("id", json!("a/b")), "id"),
        (with("id", json!("")), "id"),
        (with("profile", json!("")), "profile"),
        (with("profile", json!(" alice")), "profile"),
        (with("name", json!("a\nb")), "name"),
        (with("name", json!("x".repeat(101))), "name"),
        (with("scopes", json!([])), "scopes"),
        (with("scopes", json!(["fly"])), "scopes"),
        (with("models", json!([])), "models"),
        (with("models", json!(["qwen plus"])), "models"),
        (with("daily_cap_cny", json!("-1")), "daily_cap_cny"),
        (with("sha256", json!("tw-this-is-no-digest")), "sha256"),
        (with("id", json!("..")), "id"),
        (with("id", json!("-a")), "id"),
        // The audit log calls others so.
        (with("id", json!("operator")), "id"),
        (with("id", json!("Gateway")), "id"),
        (with("expires_at", json!("tomorrow")), "expires_at"),
        (with("expires_at", json!("2026-11-23T03:59:59Z")), "expires_at"),
        (with("daily_cap_cny", json!(1e18)), "daily_cap_cny"),
        (with("sha256", json!(["tw-this-is-no-digest"])), "sha256"),
        (with("scope", json!(["llm"])), "scope"),
        (json!({"scopes": ["llm"]}), "profile"),
        (json!([]), "body"),
        // Nobody means a list of the members in their order.
        (json!([null, null, "alice", ["admin"], null, null, null, null]), "body"),
    ] {
        let (status, problem) = api.register(body.clone()).await;
        assert_eq!((status, &problem["field"]), (StatusCode::BAD_REQUEST, &json!(field)), "{body}: {problem}");
        // Whoever sends a token in place of its digest does not find it in an answer, nor in a log of answers.
        assert!(!problem.to_string().contains("tw-this"), "{problem}");
    }
    assert!(api.list("").await.is_empty());
}
