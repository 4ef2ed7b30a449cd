//! Logins, and the tokens that come of them.

use serde_json::json;

use crate::support::{ADMIN, Running};

#[tokio::test]
async fn an_owner_logs_in_and_out() {
    let registry = Running::start().await;
    registry.owner_of(7, "lao-wang").await;
    let begun = registry.post("/login", None, json!({})).await;
    registry.confirm(7, &begun.field("operation")).await;
    let token = registry.poll(&begun).await.field("token");
    let current = registry.get("/credentials/current", Some(&token)).await.json();
    assert_eq!(current, json!({"actor": "tg:7", "kind": "owner"}));
    assert_eq!(registry.delete("/credentials/current", Some(&token)).await.status, 204);
    assert_eq!(registry.get("/ownership", Some(&token)).await.problem(), (401, "unauthorized".to_owned()));
}

#[tokio::test]
async fn who_owns_nothing_gets_no_token() {
    let registry = Running::start().await;
    let begun = registry.post("/login", None, json!({})).await;
    let refused = registry.confirm(8, &begun.field("operation")).await;
    assert_eq!(
        (refused.field("state").as_str(), refused.field("reason").as_str()),
        ("refused", "tg:8 owns no profile: claim one first")
    );
    assert!(registry.poll(&begun).await.json()["token"].is_null());
    let known = registry.get("/credentials", Some(ADMIN)).await.json();
    assert_eq!(known, json!({"credentials": []}));
}

#[tokio::test]
async fn operators_make_tokens_of_hosts_and_owners_and_revoke_them() {
    let registry = Running::start().await;
    let wanted = json!({"kind": "host", "subject": "mini"});
    let early = registry.post("/credentials", Some(ADMIN), wanted.clone()).await;
    assert_eq!(early.problem(), (404, "unknown-host".to_owned()));
    let recipient = age::x25519::Identity::generate().to_public().to_string();
    let host = registry.post("/hosts", Some(ADMIN), json!({"name": "mini", "recipient": recipient})).await;
    assert_eq!(host.status, 201, "{host:?}");
    let made = registry.post("/credentials", Some(ADMIN), wanted).await;
    assert_eq!(made.status, 201, "{made:?}");
    let token = made.field("token");
    let current = registry.get("/credentials/current", Some(&token)).await.json();
    assert_eq!(current, json!({"actor": "host:mini", "kind": "host"}));
    let payer = json!({"kind": "owner", "subject": "wx:wx24:oAbC"});
    assert_eq!(registry.post("/credentials", Some(ADMIN), payer.clone()).await.status, 201);

    for door in ["/credentials", "/credentials/0123456789abcdef"] {
        let refused = match door {
            "/credentials" => registry.post(door, Some(&token), payer.clone()).await,
            _ => registry.delete(door, Some(&token)).await,
        };
        assert_eq!(refused.problem(), (403, "forbidden".to_owned()), "a host makes no tokens");
    }
    for wrong in [
        json!({"kind": "admin", "subject": "x"}),
        json!({"kind": "owner", "subject": "nobody"}),
        json!({"kind": "host"}),
    ] {
        assert_eq!(registry.post("/credentials", Some(ADMIN), wrong).await.status, 400);
    }

    let listed = registry.get("/credentials", Some(ADMIN)).await;
    assert!(!listed.text.contains(&token), "digests only");
    assert_eq!(listed.json()["credentials"].as_array().unwrap().len(), 3);
    let path = format!("/credentials/{}", made.field("id"));
    assert_eq!(registry.delete(&path, Some(ADMIN)).await.status, 204);
    assert_eq!(registry.delete(&path, Some(ADMIN)).await.status, 204, "twice is once");
    assert_eq!(registry.get("/ownership", Some(&token)).await.status, 401);
    assert_eq!(registry.delete("/credentials/ffffffffffffffff", Some(ADMIN)).await.status, 404);
    assert_eq!(registry.delete("/credentials/current", Some(ADMIN)).await.status, 409);
}
