//! A profile whose time is over, and an order whose notification never came, seen from outside.

use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    routing::{delete, get, post},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use chrono::TimeDelta;
use daemon_kit::clock::Clock;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::support::{ADMIN, Notice, Running, eventually, merchant, signed_answer};

const NUMBER: &str = "TW2026-0001";

async fn serve(app: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    format!("http://{address}")
}

/// A gateway that takes and revokes every token.
async fn gateway() -> String {
    let made = post(|Json(_): Json<Value>| async { StatusCode::CREATED });
    let revoked = delete(|Path(_): Path<String>| async { StatusCode::OK });
    serve(Router::new().route("/admin/tokens", made).route("/admin/tokens/{id}", revoked)).await
}

/// With the merchant's configuration, and `wechat` in its section.
async fn start(wechat: &str) -> Running {
    let merchant = merchant().replace("[profile-registry.wechat]\n", &format!("[profile-registry.wechat]\n{wechat}"));
    let gateway = gateway().await;
    Running::start_with(&format!(
        "gateway_url = \"{gateway}\"\ngateway_token = \"the-gateways-admin-token\"\ngrace_days = 1\n{merchant}"
    ))
    .await
}

async fn announce(registry: &Running) {
    let body = json!({"out_trade_no": NUMBER, "product": "stock-pro"});
    assert_eq!(registry.post("/orders", Some(ADMIN), body).await.status, 201);
}

/// The one profile, once it is in this state.
async fn profile(registry: &Running, state: &str) -> Value {
    eventually(&format!("the profile is {state}"), async || {
        let row = registry.get("/profiles", Some(ADMIN)).await.json()["profiles"][0].clone();
        (row["state"] == state).then_some(row)
    })
    .await
}

#[tokio::test]
async fn a_lapsed_profile_is_shown_as_suspended_and_stays_its_owners() {
    let registry = start("").await;
    announce(&registry).await;
    let host = registry.host("mini").await;
    assert_eq!(Notice::paid(NUMBER, "42", 19_900, registry.clock.now()).send(&registry).await.status, 204);
    let row = profile(&registry, "provisioning").await;
    let name = row["name"].as_str().unwrap();
    eventually("the host is chosen", async || {
        let served = registry.get("/hosts/mini/profiles", Some(&host)).await;
        (served.json()["profiles"] == json!([name])).then_some(())
    })
    .await;
    let path = format!("/hosts/mini/profiles/{name}");
    let env =
        async || registry.get(&format!("{path}/env"), Some(&host)).await.headers["etag"].to_str().unwrap().to_owned();
    let before = env().await;
    let fingerprint = json!({"fingerprint": before.trim_matches('"')});
    assert_eq!(registry.post(&format!("{path}/delivered"), Some(&host), fingerprint).await.status, 200);
    let live = profile(&registry, "live").await;
    assert_eq!((&live["serving_host"], &live["paid_until"]), (&json!("mini"), &json!("2026-12-23T08:00:00Z")));

    registry.clock.advance(TimeDelta::days(31));
    // As at the next look, which is five seconds away.
    let registry = registry.restart().await;
    let suspended = profile(&registry, "suspended").await;
    assert_eq!((&suspended["owner"], &suspended["content_id"].is_null()), (&live["owner"], &false));
    let after = registry.get(&format!("{path}/env"), Some(&host)).await;
    assert_ne!(after.headers["etag"].to_str().unwrap(), before, "its host has to take the secrets away");
    let history = registry.get(&format!("/profiles/{name}/history"), Some(ADMIN)).await.json();
    assert_eq!(history["entries"][0]["message"], format!("Suspend {name}: its paid time is over"));
    assert_eq!(history["entries"][0]["paths"], json!(["cron/jobs.json"]));
}

#[tokio::test]
async fn an_order_is_asked_about_where_a_merchants_key_is_configured() {
    let clock = Clock::fixed("2026-11-23T09:00:00Z".parse().unwrap());
    let paid = get(|State(clock): State<Clock>, Path(number): Path<String>| async move {
        let order = json!({"appid": "wx24", "mchid": "1230", "out_trade_no": number, "trade_state": "SUCCESS",
            "transaction_id": "42", "success_time": "2026-11-23T16:30:00+08:00", "payer": {"openid": "o-1"},
            "amount": {"total": 19_900}});
        signed_answer(&order, clock.now())
    });
    let app = Router::new().route("/v3/pay/transactions/out-trade-no/{number}", paid).with_state(clock);
    let url = serve(app).await;
    let key = BASE64_STANDARD.encode(crate::support::KEY);
    let key = format!("-----BEGIN PRIVATE KEY-----\\n{key}\\n-----END PRIVATE KEY-----");
    let registry =
        start(&format!("api_url = \"{url}\"\nmerchant_serial = \"5157F0\"\nmerchant_key = \"{key}\"\n")).await;
    announce(&registry).await;
    registry.clock.advance(TimeDelta::hours(1));
    let registry = registry.restart().await;
    let row = profile(&registry, "provisioning").await;
    assert_eq!(row["paid_until"], "2026-12-23T08:30:00Z");
    let order = registry.get(&format!("/orders/{NUMBER}"), Some(ADMIN)).await.json();
    assert_eq!(order["payer"], "wx:wx24:o-1", "{order}");
}
