//! Channels of the configuration, looked at and changed.

use reqwest::Method;
use serde_json::{Value, json};
use upstream_simulators::{LlmDialect, LlmOptions};

use super::kit::{Operated, eventually};

fn keys(count: usize) -> LlmOptions {
    LlmOptions::with_keys(LlmDialect::DashScope, count)
}

#[tokio::test]
async fn every_channel_is_shown_with_its_state_and_never_with_its_key() {
    let gateway = Operated::over(keys(2)).await;
    let told = gateway.get("/admin/channels").await;
    let names: Vec<&Value> = told["channels"].as_array().unwrap().iter().map(|channel| &channel["name"]).collect();
    assert_eq!((names, &told["waiting"]), (vec![&json!("key-1"), &json!("key-2")], &json!(0)));
    let one = gateway.channel("key-1").await;
    assert_eq!(
        (&one["state"], &one["origin"], &one["enabled"]),
        (&json!("healthy"), &json!("configured"), &json!(true))
    );
    assert_eq!((&one["rpm"]["limit"], &one["tpm"]["limit"]), (&json!(100), &json!(500_000)));
    assert_eq!((&one["budget"]["limit_cny"], &one["budget_cny_per_day"]), (&json!("500"), &json!("500")));
    let print = one["key_fingerprint"].as_str().unwrap();
    assert!(print.len() == 8 && print.bytes().all(|digit| digit.is_ascii_hexdigit()), "{print}");
    assert_ne!(one["key_fingerprint"], gateway.channel("key-2").await["key_fingerprint"]);
    assert!(!told.to_string().contains("sk-sim"), "{told}");
    let unknown = gateway.ask(Method::GET, "/admin/channels/key-9", None).await;
    assert_eq!((unknown.refusal(), &unknown.body["allowed"]), ((404, "not-found"), &json!(["key-1", "key-2"])));
}

#[tokio::test]
async fn nobody_operates_without_the_admin_token_or_the_scope() {
    let gateway = Operated::over(keys(1)).await;
    let token = |scope: &str| json!({"profile": "ops", "id": scope, "scopes": [scope]});
    let llm = gateway.post("/admin/tokens", token("llm")).await["secret"].as_str().unwrap().to_owned();
    let admin = gateway.post("/admin/tokens", token("admin")).await["secret"].as_str().unwrap().to_owned();
    let routes = [
        ("GET", "/admin/channels"),
        ("PATCH", "/admin/channels/key-1"),
        ("POST", "/admin/channels"),
        ("DELETE", "/admin/channels/key-1"),
        ("POST", "/admin/channels/key-1/probe"),
        ("GET", "/admin/requests"),
        ("GET", "/admin/usage"),
        ("GET", "/admin/audit"),
        ("GET", "/admin/prices"),
        ("POST", "/admin/prices/reload"),
        ("POST", "/admin/reconcile"),
        ("GET", "/admin/tokens"),
    ];
    for (method, path) in routes {
        let ask = async |token: Option<&str>| {
            let request = gateway.client.request(method.parse().unwrap(), format!("{}{path}", gateway.base));
            let request = token.map_or(request.try_clone().unwrap(), |token| request.bearer_auth(token));
            request.send().await.unwrap().status().as_u16()
        };
        assert_eq!((ask(None).await, ask(Some("tw-nobody")).await, ask(Some(&llm)).await), (401, 401, 403), "{path}");
        let allowed = ask(Some(&admin)).await;
        assert!(![401, 403].contains(&allowed), "{method} {path}: {allowed}");
    }
}

#[tokio::test]
async fn a_disabled_channel_gets_nothing_until_it_is_enabled_and_a_restart_changes_neither() {
    let mut gateway = Operated::over(keys(2)).await;
    let changed = gateway.change("key-1", json!({"enabled": false})).await;
    assert_eq!((&changed["enabled"], &changed["state"]), (&json!(false), &json!("disabled_by_operator")));
    gateway.restart().await;
    for _ in 0..4 {
        assert_eq!(gateway.chat().await, (200, "key-2".to_owned()));
    }
    assert_eq!(gateway.llm.book("key-1").answered, 0);
    gateway.change("key-1", json!({"enabled": null})).await;
    // Its first lease is taken when it is enabled.
    eventually("it is asked again", async || (gateway.chat().await.1 == "key-1").then_some(())).await;
}

#[tokio::test]
async fn a_budget_of_nothing_moves_the_traffic_at_once_and_none_is_no_bound() {
    let mut gateway = Operated::over(keys(2)).await;
    let spent = gateway.change("key-1", json!({"budget_cny_per_day": "0"})).await;
    assert_eq!((&spent["state"], &spent["budget"]["limit_cny"]), (&json!("budget_spent"), &json!("0")));
    assert_eq!((gateway.chat().await.1, gateway.chat().await.1), ("key-2".to_owned(), "key-2".to_owned()));
    gateway.restart().await;
    assert_eq!(gateway.channel("key-1").await["state"], "budget_spent");
    let unbounded = gateway.change("key-1", json!({"budget_cny_per_day": "none"})).await;
    assert_eq!((&unbounded["state"], &unbounded["budget"]["limit_cny"]), (&json!("healthy"), &Value::Null));
    let default = gateway.change("key-1", json!({"budget_cny_per_day": null})).await;
    assert_eq!((&default["budget"]["limit_cny"], &default["changed"]), (&json!("500"), &json!({})));
}

#[tokio::test]
async fn a_higher_priority_is_asked_first() {
    let gateway = Operated::over(keys(3)).await;
    gateway.change("key-3", json!({"priority": 5, "weight": 7})).await;
    for _ in 0..3 {
        assert_eq!(gateway.chat().await, (200, "key-3".to_owned()));
    }
    let channel = gateway.channel("key-3").await;
    assert_eq!((&channel["priority"], &channel["weight"]), (&json!(5), &json!(7)));
}

#[tokio::test]
async fn a_change_that_cannot_be_made_changes_nothing_and_says_why() {
    let gateway = Operated::over(keys(1)).await;
    let patch = async |name: &str, change: Value| {
        gateway.ask(Method::PATCH, &format!("/admin/channels/{name}"), Some(change)).await
    };
    for (change, field) in [
        (json!({}), "body"),
        (json!([false]), "body"),
        (json!({"rpm": 5}), "rpm"),
        (json!({"enabled": "yes"}), "enabled"),
        (json!({"budget_cny_per_day": "-1"}), "budget_cny_per_day"),
        (json!({"budget_cny_per_day": 1e18}), "budget_cny_per_day"),
        (json!({"enabled": false, "weight": -1}), "weight"),
        (json!({"priority": 2_000_000}), "priority"),
        (json!({"weight": 1_000_001}), "weight"),
    ] {
        let told = patch("key-1", change.clone()).await;
        assert_eq!(
            (told.refusal(), told.body["field"].as_str()),
            ((400, "invalid-parameter"), Some(field)),
            "{change}"
        );
    }
    let told = patch("key-1", json!({"budget_cny_per_day": true})).await;
    assert!(told.body["allowed"][0].as_str().unwrap().starts_with("yuan a day"), "{told:?}");
    assert_eq!(patch("key-9", json!({"enabled": false})).await.refusal(), (404, "not-found"));
    // A filter that is dropped would answer a question that nobody asked.
    for path in ["/admin/channels?state=parked", "/admin/prices?model=qwen-plus"] {
        assert_eq!(gateway.ask(Method::GET, path, None).await.refusal(), (400, "unknown-parameter"), "{path}");
    }
    assert_eq!(gateway.channel("key-1").await["changed"], json!({}));
    assert_eq!(gateway.get("/admin/audit?action=channel.change").await["entries"], json!([]));
}

#[tokio::test]
async fn every_change_is_in_the_audit_log_with_who_what_before_and_after() {
    let gateway = Operated::over(keys(1)).await;
    gateway.change("key-1", json!({"enabled": false, "budget_cny_per_day": "0"})).await;
    gateway.change("key-1", json!({"budget_cny_per_day": "12.5"})).await;
    let told = gateway.get("/admin/audit?subject=key-1").await;
    let entries = told["entries"].as_array().unwrap();
    assert_eq!(entries.len(), 2);
    assert_eq!((&entries[0]["actor"], &entries[0]["action"]), (&json!("operator"), &json!("channel.change")));
    assert_eq!(entries[0]["before"], json!({"budget_cny_per_day": "0"}));
    assert_eq!(entries[0]["after"], json!({"budget_cny_per_day": "12.5"}));
    assert_eq!(entries[1]["before"], json!({"enabled": true, "budget_cny_per_day": "500"}));
}
