//! From an order to a bot that answers, over HTTP.

use std::io::Read as _;

use age::x25519;
use axum::{Json, Router, http::StatusCode, routing::post};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::support::{ADMIN, Answer, Notice, Running, eventually, merchant};

const BOT: &str = "123456789:AAF0rZ0Jc2hDqVbT3m9sYx8uKq1LwEoPn5I";

/// A gateway that takes every token.
async fn gateway() -> String {
    let app = Router::new().route("/admin/tokens", post(|Json(_): Json<Value>| async { StatusCode::CREATED }));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    format!("http://{address}")
}

async fn start() -> Running {
    let gateway = gateway().await;
    let lines = format!("gateway_url = \"{gateway}\"\ngateway_token = \"the-gateways-admin-token\"\n{}", merchant());
    Running::start_with(&lines.replacen("amount_fen = 19900", "amount_fen = 19900\nchannel = \"telegram\"", 1)).await
}

/// Registers a host with an identity of its own; its token.
async fn host(registry: &Running, name: &str) -> (x25519::Identity, String) {
    let identity = x25519::Identity::generate();
    let body = json!({"name": name, "recipient": identity.to_public().to_string()});
    let answer = registry.post("/hosts", Some(ADMIN), body.clone()).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let again = registry.post("/hosts", Some(ADMIN), body).await;
    assert_eq!((again.status, again.json()["token"].clone()), (200, Value::Null), "its token is told once");
    (identity, answer.field("token"))
}

async fn order(registry: &Running, state: &str) -> Answer {
    let path = "/orders/TW2026-0001";
    let what = format!("the order is {state}");
    eventually(&what, async || {
        let answer = registry.get(path, Some(ADMIN)).await;
        (answer.field("state") == state).then_some(answer)
    })
    .await
}

#[tokio::test]
async fn a_notification_becomes_a_profile_whose_host_has_its_secrets() {
    let registry = start().await;
    let (identity, token) = host(&registry, "mini").await;
    let (_, stranger) = host(&registry, "zebra").await;
    let body = json!({"out_trade_no": "TW2026-0001", "product": "stock-pro", "values": {"TELEGRAM_USER": "42"}});
    assert_eq!(registry.post("/orders", Some(ADMIN), body.clone()).await.status, 201);
    assert_eq!(registry.post("/orders", Some(ADMIN), body).await.status, 200);
    let paid = Notice::paid("TW2026-0001", "4200000001", 19_900, registry.clock.now());
    assert_eq!(paid.send(&registry).await.status, 204);
    let parked = order(&registry, "parked").await;
    assert!(parked.json()["parked"]["why"].as_str().unwrap().starts_with("the pool telegram_bot is dry"), "{parked:?}");

    let bad = registry.post("/pools/telegram_bot", Some(ADMIN), json!({"values": [BOT, "hunter2"]})).await;
    assert_eq!(bad.problem(), (400, "invalid-parameter".to_owned()));
    assert!(!bad.text.contains("hunter2") && !bad.text.contains(BOT), "{bad:?}");
    let added = registry.post("/pools/telegram_bot", Some(ADMIN), json!({"values": [BOT]})).await;
    assert_eq!(added.json(), json!({"added": 1, "known": 0}));
    let committed = order(&registry, "committed").await;
    let profile = committed.field("profile");
    assert_eq!(registry.lines().len(), 1);

    let path = format!("/hosts/mini/profiles/{profile}/env");
    assert_eq!(registry.get(&path, Some(&stranger)).await.status, 403);
    assert_eq!(registry.get(&path, Some(ADMIN)).await.status, 403, "operators open nothing");
    assert_eq!(registry.get(&path, None).await.status, 401);
    let other = registry.get(&format!("/hosts/zebra/profiles/{profile}/env"), Some(&stranger)).await;
    assert_eq!(other.problem(), (404, "not-served".to_owned()));
    let env = registry.get(&path, Some(&token)).await;
    assert_eq!((env.status, env.headers["cache-control"].to_str().unwrap()), (200, "no-store"));
    let decryptor = age::Decryptor::new(age::armor::ArmoredReader::new(env.text.as_bytes())).unwrap();
    let mut text = String::new();
    let identities = std::iter::once(&identity as &dyn age::Identity);
    decryptor.decrypt(identities).unwrap().read_to_string(&mut text).unwrap();
    assert!(text.contains(&format!("TELEGRAM_BOT_TOKEN='{BOT}'")) && text.contains("TELEGRAM_ALLOWED_USERS='42'"));
    assert!(!env.text.contains("AAF0rZ0Jc2"), "it crosses the network closed");

    let tag = env.headers["etag"].to_str().unwrap().to_owned();
    let known = registry.request(reqwest::Method::GET, &path, Some(&token)).header("if-none-match", &tag);
    assert_eq!(Answer::read(known.send().await.unwrap()).await.status, 304);
    let acknowledge = format!("/hosts/mini/profiles/{profile}/delivered");
    let stale = registry.post(&acknowledge, Some(&token), json!({"fingerprint": "0"})).await;
    assert_eq!(stale.problem(), (409, "stale".to_owned()));
    let delivered = registry.post(&acknowledge, Some(&token), json!({"fingerprint": tag.trim_matches('"')})).await;
    assert_eq!(delivered.json(), json!({"delivered": true}));
    order(&registry, "alive").await;

    assert_eq!(paid.send(&registry).await.status, 204, "WeChat may say so again");
    let pools = registry.get("/pools", Some(ADMIN)).await;
    assert_eq!(pools.json()["pools"][0]["bound"], 1, "{pools:?}");
    assert!(!pools.text.contains("AAF0rZ0Jc2"));
    let served = registry.get("/hosts/mini/profiles", Some(&token)).await;
    assert_eq!(served.json(), json!({"profiles": [profile]}));
    let listed = registry.get("/orders?state=alive", Some(ADMIN)).await;
    assert_eq!(listed.json()["orders"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn an_operator_provisions_without_a_payment_and_takes_it_back() {
    let registry = start().await;
    registry.post("/pools/telegram_bot", Some(ADMIN), json!({"values": [BOT]})).await;
    let body = json!({"out_trade_no": "TW2026-0001", "product": "stock-pro", "payer": "tg:42"});
    let nobody =
        registry.post("/provision", Some(ADMIN), json!({"out_trade_no": "TW2026-0002", "product": "stock-pro"}));
    assert_eq!(nobody.await.problem(), (400, "invalid-parameter".to_owned()));
    let made = registry.post("/provision", Some(ADMIN), body.clone()).await;
    assert_eq!((made.status, made.field("step")), (201, "committed".to_owned()), "{made:?}");
    assert!(made.json()["parked"]["why"].as_str().unwrap().starts_with("no host is registered"));
    host(&registry, "mini").await;
    order(&registry, "committed").await;
    assert_eq!(registry.post("/provision", Some(ADMIN), body).await.status, 200);
    let unpaid = registry.post("/orders/TW2026-0001/paired", Some(ADMIN), json!({})).await;
    assert_eq!(unpaid.problem(), (409, "wrong-state".to_owned()));
    assert!(registry.lines()[0].contains("| tg:42 | "), "{:?}", registry.lines());
    // The stand-in has no address to revoke at: the order waits, and says why.
    let back = registry.post("/orders/TW2026-0001/refund", Some(ADMIN), json!({})).await;
    assert_eq!(back.json()["result"], "quarantine", "{back:?}");
    assert_eq!(back.json()["order"]["step"], "refunding");
}

#[tokio::test]
async fn orders_pools_and_hosts_are_for_operators() {
    let registry = start().await;
    let owner = registry.owner_of(7, "alice").await;
    for path in ["/orders", "/orders/TW2026-0001", "/pools", "/hosts"] {
        assert_eq!(registry.get(path, Some(&owner)).await.status, 403, "{path}");
        assert_eq!(registry.get(path, None).await.status, 401, "{path}");
    }
    for path in ["/orders", "/provision", "/pools/telegram_bot", "/hosts", "/orders/TW2026-0001/refund"] {
        assert_eq!(registry.post(path, Some(&owner), json!({})).await.status, 403, "{path}");
    }
    assert_eq!(registry.post("/orders/TW2026-0001/paired", Some(&owner), json!({})).await.status, 403);
    assert_eq!(registry.get("/hosts/mini/profiles", Some(&owner)).await.status, 403);
    let unknown = registry.get("/orders/TW2026-0009", Some(ADMIN)).await;
    assert_eq!(unknown.problem(), (404, "unknown-order".to_owned()));
}
