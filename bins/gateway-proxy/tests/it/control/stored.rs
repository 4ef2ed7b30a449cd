//! Channels that are stored while the gateway runs.

use reqwest::Method;
use serde_json::{Value, json};
use upstream_simulators::{LlmDialect, LlmFault, LlmOptions, LlmRefusal};

use super::kit::{MASTER, Operated};

/// A gateway whose provider has two keys, only the first of which is configured.
async fn gateway() -> Operated {
    let llm = LlmOptions::with_keys(LlmDialect::OpenAi, 2);
    let mut gateway = Operated::over(llm).await;
    gateway.stop().await;
    let second = gateway.text.rfind("[[gateway-proxy.channels]]").unwrap();
    gateway.text.truncate(second);
    gateway.begin().await;
    gateway
}

fn second(gateway: &Operated) -> Value {
    json!({"name": "stored", "key": "sk-sim-key-2", "dialect": "openai", "base_url": gateway.llm.base_url(),
           "models": ["gpt-x"], "model_map": {"mapped": "gpt-y"}, "rpm": 7})
}

async fn without_a_trace_of_the_key(gateway: &Operated) {
    let all =
        [gateway.get("/admin/channels").await, gateway.get("/admin/audit").await, gateway.get("/admin/requests").await];
    let shown = format!("{all:?}{}", gateway.metrics().await);
    assert!(!shown.contains("sk-sim"), "{shown}");
    let files = gateway.files();
    assert!(!files.windows(6).any(|bytes| bytes == b"sk-sim"), "a key lies in the books in clear");
}

#[tokio::test]
async fn a_stored_channel_serves_at_once_and_after_a_restart_and_its_key_is_nowhere_in_clear() {
    let mut gateway = gateway().await;
    assert_eq!(gateway.chat_of("gpt-x").await.0, 404);
    let wanted = second(&gateway);
    let told = gateway.ask(Method::POST, "/admin/channels", Some(wanted)).await;
    assert_eq!((told.status, &told.body["origin"], &told.body["rpm"]["limit"]), (201, &json!("stored"), &json!(7)));
    assert_eq!(gateway.chat_of("gpt-x").await, (200, "stored".to_owned()));
    assert_eq!(gateway.chat_of("mapped").await, (200, "stored".to_owned()));
    assert!(gateway.llm.calls().bodies().iter().any(|body| body.contains("gpt-y")));
    without_a_trace_of_the_key(&gateway).await;
    gateway.restart().await;
    assert_eq!(gateway.chat_of("gpt-x").await, (200, "stored".to_owned()));
    without_a_trace_of_the_key(&gateway).await;
}

#[tokio::test]
async fn a_removed_channel_is_gone_with_its_key_and_with_what_was_changed_about_it() {
    let mut gateway = gateway().await;
    gateway.post("/admin/channels", second(&gateway)).await;
    gateway.change("stored", json!({"enabled": false})).await;
    let removed = gateway.ask(Method::DELETE, "/admin/channels/stored", None).await;
    assert_eq!((removed.status, &removed.body), (200, &json!({"removed": "stored"})));
    assert_eq!(gateway.ask(Method::GET, "/admin/channels/stored", None).await.status, 404);
    assert_eq!(gateway.ask(Method::DELETE, "/admin/channels/stored", None).await.refusal(), (404, "not-found"));
    gateway.restart().await;
    assert_eq!(gateway.chat_of("gpt-x").await.0, 404);
    // Who takes the name later begins anew.
    gateway.post("/admin/channels", second(&gateway)).await;
    assert_eq!(gateway.channel("stored").await["state"], "healthy");
    let configured = gateway.ask(Method::DELETE, "/admin/channels/key-1", None).await;
    assert_eq!(configured.refusal(), (409, "configured"));
}

#[tokio::test]
async fn a_name_is_taken_once_and_put_replaces_and_keeps_the_key_it_is_not_given() {
    let gateway = gateway().await;
    gateway.post("/admin/channels", second(&gateway)).await;
    let again = gateway.ask(Method::POST, "/admin/channels", Some(second(&gateway))).await;
    assert_eq!(again.refusal(), (409, "conflict"));
    let mut wanted = second(&gateway);
    wanted["name"] = json!("key-1");
    assert_eq!(gateway.ask(Method::POST, "/admin/channels", Some(wanted)).await.refusal(), (409, "configured"));
    let mut wanted = second(&gateway);
    let fields = wanted.as_object_mut().unwrap();
    fields.retain(|name, _| name != "name" && name != "key");
    fields.insert("models".to_owned(), json!(["gpt-z"]));
    let put = gateway.ask(Method::PUT, "/admin/channels/stored", Some(wanted.clone())).await;
    assert_eq!((put.status, &put.body["models"]), (200, &json!(["gpt-z", "mapped"])));
    assert_eq!(gateway.chat_of("gpt-z").await, (200, "stored".to_owned()));
    assert_eq!(gateway.chat_of("gpt-x").await.0, 404);
    let entries = gateway.get("/admin/audit?subject=stored").await["entries"].as_array().unwrap().len();
    assert_eq!(gateway.ask(Method::PUT, "/admin/channels/stored", Some(wanted)).await.status, 200);
    let after = gateway.get("/admin/audit?subject=stored").await["entries"].as_array().unwrap().len();
    assert_eq!((entries, after), (2, 2), "the same again is no change");
}

#[tokio::test]
async fn of_a_member_that_stands_there_twice_nobody_knows_which_was_meant() {
    let gateway = gateway().await;
    let body = second(&gateway).to_string().replace("\"rpm\":7", "\"rpm\":7,\"key\":\"sk-sim-key-1\"");
    assert_eq!(body.matches("\"key\"").count(), 2, "{body}");
    let request = gateway.client.post(format!("{}/admin/channels", gateway.base)).bearer_auth(super::kit::ADMIN);
    let answer = request.body(body).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 400);
    let told = answer.text().await.unwrap();
    assert!(told.contains("`key` stands there twice") && !told.contains("sk-sim"), "{told}");
    assert_eq!(gateway.ask(Method::GET, "/admin/channels/stored", None).await.status, 404);
}

#[tokio::test]
async fn names_are_taken_in_whatever_case() {
    let gateway = gateway().await;
    let store = async |name: &str| {
        let mut wanted = second(&gateway);
        wanted["name"] = json!(name);
        gateway.ask(Method::POST, "/admin/channels", Some(wanted)).await
    };
    let refused = store("KEY-1").await;
    assert_eq!((refused.status, refused.body["field"].as_str()), (400, Some("name")), "{refused:?}");
    assert_eq!(store("stored").await.status, 201);
    assert_eq!(store("Stored").await.status, 400);
}

#[tokio::test]
async fn a_stored_channel_inherits_nothing_from_one_that_was_configured_under_its_name() {
    let mut gateway = Operated::over(LlmOptions::with_keys(LlmDialect::OpenAi, 2)).await;
    gateway.change("key-2", json!({"enabled": false, "priority": 9})).await;
    gateway.stop().await;
    gateway.text.truncate(gateway.text.rfind("[[gateway-proxy.channels]]").unwrap());
    gateway.begin().await;
    let mut wanted = second(&gateway);
    wanted["name"] = json!("key-2");
    let told = gateway.post("/admin/channels", wanted).await;
    assert_eq!((&told["state"], &told["priority"], &told["changed"]), (&json!("healthy"), &json!(0), &json!({})));
    assert_eq!(gateway.chat_of("gpt-x").await, (200, "key-2".to_owned()));
    let audit = gateway.get("/admin/audit?subject=key-2&action=channel.change").await;
    assert_eq!(audit["entries"][0]["before"], json!({"enabled": false, "priority": 9}));
    assert_eq!(audit["entries"][0]["after"], json!(null));
}

#[tokio::test]
async fn another_key_brings_a_channel_back_whose_key_was_dead() {
    let gateway = gateway().await;
    gateway.post("/admin/channels", second(&gateway)).await;
    gateway
        .llm
        .faults()
        .add(upstream_simulators::LlmFaultRule::always("key-2", LlmFault::Refuse(LlmRefusal::InvalidKey)));
    assert_eq!(gateway.chat_of("gpt-x").await.0, 502);
    gateway.state("stored", "parked").await;
    let rests = gateway.channel("stored").await["rests"].clone();
    assert_eq!((&rests[0]["what"], &rests[0]["verdict"]), (&json!("channel"), &json!("key_dead")), "{rests}");
    let mut wanted = second(&gateway);
    wanted.as_object_mut().unwrap().remove("name");
    wanted["key"] = json!("sk-sim-key-1");
    assert_eq!(gateway.ask(Method::PUT, "/admin/channels/stored", Some(wanted)).await.status, 200);
    assert_eq!(gateway.chat_of("gpt-x").await, (200, "stored".to_owned()));
    assert_eq!(gateway.channel("stored").await["rests"], json!([]));
}

#[tokio::test]
async fn what_cannot_be_used_is_refused_unless_it_is_switched_off() {
    let gateway = gateway().await;
    let store = async |name: &str, member: &str, value: Value| {
        let mut wanted = second(&gateway);
        (wanted["name"], wanted[member]) = (json!(name), value);
        gateway.ask(Method::POST, "/admin/channels", Some(wanted)).await
    };
    for (member, value, field) in [
        ("dialect", json!("azure"), "dialect"),
        ("base_url", json!("not a url"), "base_url"),
        ("models", json!([""]), "models"),
        ("key", json!(null), "key"),
        ("key", json!("sk-\u{7}bell"), "key"),
        ("group", json!("a b"), "group"),
        ("models", json!(["m", "m"]), "models"),
        ("limits", json!(1), "limits"),
        ("rpm", json!("sk-sim-key-2"), "rpm"),
        ("rpm", json!(10_000_001), "rpm"),
        ("max_in_flight", json!(1_000_001), "max_in_flight"),
        ("model_map", json!({"a": "sk-sim-key-2", "b": 7}), "model_map"),
    ] {
        let told = store("a", member, value.clone()).await;
        assert_eq!((told.status, told.body["field"].as_str()), (400, Some(field)), "{member} {value}: {told:?}");
        assert!(!told.body.to_string().contains("sk-"), "{told:?}");
    }
    assert_eq!(store("no name", "rpm", json!(1)).await.body["field"], "name");
    let mut wanted = second(&gateway);
    (wanted["dialect"], wanted["enabled"], wanted["name"]) = (json!("azure"), json!(false), json!("later"));
    let told = gateway.ask(Method::POST, "/admin/channels", Some(wanted)).await;
    assert_eq!((told.status, &told.body["state"]), (201, &json!("unusable")));
    assert!(told.body["unusable"].as_str().unwrap().starts_with("dialect: "), "{told:?}");
    let enabled = gateway.ask(Method::PATCH, "/admin/channels/later", Some(json!({"enabled": true}))).await;
    assert_eq!((enabled.status, enabled.body["field"].as_str()), (400, Some("dialect")));
    let probed = gateway.ask(Method::POST, "/admin/channels/later/probe", None).await;
    assert_eq!((probed.status, probed.body["field"].as_str()), (400, Some("dialect")));
}

#[tokio::test]
async fn without_a_master_key_no_key_is_stored_and_a_lost_one_makes_channels_unusable_but_not_the_gateway() {
    let mut gateway = gateway().await;
    gateway.post("/admin/channels", second(&gateway)).await;
    gateway.stop().await;
    let with = gateway.text.clone();
    gateway.text = with.replace(&format!("master_key = \"{MASTER}\"\n"), "");
    gateway.begin().await;
    let stored = gateway.channel("stored").await;
    assert_eq!(stored["state"], "unusable");
    assert!(stored["unusable"].as_str().unwrap().contains("master_key"), "{stored}");
    assert_eq!(gateway.chat().await, (200, "key-1".to_owned()));
    let mut wanted = second(&gateway);
    wanted["name"] = json!("another");
    assert_eq!(gateway.ask(Method::POST, "/admin/channels", Some(wanted)).await.refusal(), (409, "no-master-key"));

    // Another key than the one before, and the one before beside it: sealed anew, and from then on the old one is not needed.
    gateway.stop().await;
    let other = "fedcba9876543210fedcba9876543210";
    let changed = format!("master_key = \"{other}\"\nprevious_master_key = \"{MASTER}\"\n");
    gateway.text = with.replace(&format!("master_key = \"{MASTER}\"\n"), &changed);
    gateway.begin().await;
    assert_eq!(gateway.chat_of("gpt-x").await, (200, "stored".to_owned()));
    gateway.stop().await;
    gateway.text = with.replace(MASTER, other);
    gateway.begin().await;
    assert_eq!(gateway.chat_of("gpt-x").await, (200, "stored".to_owned()));
    let audit = gateway.get("/admin/audit?action=master_key.change").await;
    assert_eq!(audit["entries"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_channel_that_is_configured_since_counts_as_configured() {
    let mut gateway = gateway().await;
    gateway.post("/admin/channels", second(&gateway)).await;
    gateway.stop().await;
    let twin = gateway.text[gateway.text.find("[[gateway-proxy.channels]]").unwrap()..].replace("key-1", "stored");
    gateway.text.push_str(&twin.replace("sk-sim-stored", "sk-sim-key-1"));
    gateway.begin().await;
    let channel = gateway.channel("stored").await;
    assert_eq!((&channel["origin"], &channel["models"]), (&json!("configured"), &json!(["qwen-plus"])));
}
