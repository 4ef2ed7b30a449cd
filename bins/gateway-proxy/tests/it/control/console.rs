//! The console beside the API of a running gateway.

use reqwest::Method;
use serde_json::json;
use upstream_simulators::{LlmDialect, LlmOptions};

use super::kit::{ADMIN, Operated};

#[tokio::test]
async fn the_pages_stand_beside_the_api_behind_a_login_of_their_own_unless_they_are_switched_off() {
    let mut gateway = Operated::over(LlmOptions::with_keys(LlmDialect::DashScope, 1)).await;
    // The login page, which the way to any page leads to.
    let page = gateway.client.get(format!("{}/console", gateway.base)).send().await.unwrap();
    assert_eq!((page.status().as_u16(), page.url().path()), (200, "/console/login"));
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("default-src 'none'"), "{policy}");
    // Neither door opens to the other's key.
    let bearer = gateway.client.get(format!("{}/console/channels", gateway.base)).bearer_auth(ADMIN).send().await;
    assert_eq!(bearer.unwrap().url().path(), "/console/login");
    assert_eq!(gateway.ask(Method::GET, "/admin/channels", None).await.status, 200);
    gateway.text.push_str("[console]\nenabled = false\n");
    gateway.restart().await;
    assert_eq!(gateway.ask(Method::GET, "/console/login", None).await.status, 404);
    assert_eq!(gateway.ask(Method::GET, "/admin/channels", None).await.status, 200);
}

#[tokio::test]
async fn a_probe_through_the_api_is_in_the_audit_log_too() {
    let gateway = Operated::over(LlmOptions::with_keys(LlmDialect::DashScope, 1)).await;
    let probed = gateway.post("/admin/channels/key-1/probe", json!({})).await;
    assert_eq!(probed["outcome"], "ok");
    let entry = &gateway.get("/admin/audit?action=channel.probe").await["entries"][0];
    assert_eq!((&entry["actor"], &entry["subject"]), (&json!("operator"), &json!("key-1")));
    assert_eq!(entry["after"]["outcome"], "ok");
}
