//! A gateway begins where the last one ended, and ends in order.

use daemon_kit::{
    clock::Clock,
    config::{Config, Environment},
};
use gateway_proxy::{Options, run};
use serde_json::json;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use upstream_simulators::{LlmDialect, LlmOptions};

use super::kit::{Operated, eventually};

#[tokio::test]
async fn what_was_spent_is_spent_after_a_restart_and_no_lease_is_left_over() {
    let mut gateway = Operated::over(LlmOptions::with_keys(LlmDialect::DashScope, 1)).await;
    for _ in 0..5 {
        assert_eq!(gateway.chat().await.0, 200);
    }
    let budget = async |gateway: &Operated| gateway.channel("key-1").await["budget"].clone();
    let before = budget(&gateway).await;
    gateway.restart().await;
    let after = budget(&gateway).await;
    assert_eq!(before["settled_cny"], after["settled_cny"]);
    assert_ne!(after["settled_cny"], json!("0"));
    let usage = gateway.get("/admin/usage?by=profile").await;
    let keys: Vec<_> = usage["usage"].as_array().unwrap().iter().map(|line| &line["key"]).collect();
    assert_eq!(keys, ["tester"], "nothing was written off");
    assert_eq!(usage["usage"][0]["cny"], before["settled_cny"]);
}

#[tokio::test]
async fn what_a_profile_spent_of_its_day_is_spent_after_a_restart() {
    let settings = "profile_caps = \"enforce\"";
    let mut gateway = Operated::with(LlmOptions::with_keys(LlmDialect::DashScope, 1), settings).await;
    let wanted = json!({"id": "capped", "profile": "capped", "scopes": ["llm"], "daily_cap_cny": "0.002"});
    let token = gateway.post("/admin/tokens", wanted).await["secret"].as_str().unwrap().to_owned();
    let ask = async |gateway: &Operated| {
        let body = json!({"model": "qwen-plus", "max_tokens": 8, "messages": [{"role": "user", "content": "hi"}]});
        let request = gateway.client.post(format!("{}/v1/chat/completions", gateway.base)).bearer_auth(&token);
        request.json(&body).send().await.unwrap().status().as_u16()
    };
    assert_eq!(ask(&gateway).await, 200);
    let mut asked = 1;
    while ask(&gateway).await == 200 {
        asked += 1;
        assert!(asked < 100, "the cap never comes");
    }
    gateway.restart().await;
    assert_eq!(ask(&gateway).await, 429);
    assert_eq!(gateway.chat().await.0, 200, "another profile's day is its own");
}

#[tokio::test]
async fn records_older_than_the_books_keep_are_removed_at_the_start() {
    let mut gateway = Operated::with(LlmOptions::with_keys(LlmDialect::DashScope, 1), "keep_days = 2").await;
    assert_eq!(gateway.chat().await.0, 200);
    gateway.clock.advance(chrono::TimeDelta::days(5));
    assert_eq!(gateway.get("/admin/requests").await["requests"].as_array().unwrap().len(), 1);
    gateway.restart().await;
    eventually("the old one is gone", async || {
        let told = gateway.get("/admin/requests").await;
        told["requests"].as_array().unwrap().is_empty().then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_limit_of_an_account_counts_the_requests_of_all_its_channels() {
    let limits = "max_wait_s = 1\n[[gateway-proxy.accounts]]\nname = \"shared\"\n\
                  [[gateway-proxy.accounts.limits]]\nmodel = \"qwen-plus\"\nrpm = 3\nper_second = false";
    let mut gateway = Operated::over(LlmOptions::with_keys(LlmDialect::SiliconFlow, 2)).await;
    gateway.stop().await;
    for key in ["key-1", "key-2"] {
        gateway.text = gateway.text.replace(&format!("account = \"{key}\""), "account = \"shared\"");
    }
    gateway.text =
        gateway.text.replacen("[[gateway-proxy.channels]]", &format!("{limits}\n[[gateway-proxy.channels]]"), 1);
    gateway.begin().await;
    for _ in 0..3 {
        assert_eq!(gateway.chat().await.0, 200);
    }
    assert_eq!(gateway.chat().await.0, 429, "each channel has room, their account has none");
    let asked = gateway.llm.book("key-1").answered + gateway.llm.book("key-2").answered;
    assert_eq!(asked, 3);
}

#[tokio::test]
async fn a_second_gateway_on_the_same_books_is_refused_by_name() {
    let gateway = Operated::over(LlmOptions::with_keys(LlmDialect::DashScope, 1)).await;
    let config = Config::from_toml(&gateway.text, "test", &Environment::default()).unwrap();
    let options = Options {
        gateway: config.gateway_proxy().unwrap(),
        queue: None,
        console: config.console().clone(),
        metrics: daemon_kit::metrics::install().unwrap(),
        clock: Clock::system(),
        crash_at: None,
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let refused = run(options, listener, CancellationToken::new()).await.unwrap_err();
    assert!(format!("{refused:#}").contains("another process keeps the books"), "{refused:#}");
    assert_eq!(gateway.chat().await.0, 200);
}

#[tokio::test]
async fn plain_mode_passes_requests_on_without_books() {
    let mut gateway = Operated::over(LlmOptions::with_keys(LlmDialect::DashScope, 1)).await;
    gateway.stop().await;
    std::fs::remove_dir_all(gateway.folder.path().join("state")).unwrap();
    gateway.text = gateway.text.replace("[gateway-proxy]\n", "[gateway-proxy]\nmode = \"plain\"\n");
    gateway.begin().await;
    assert_eq!(gateway.chat().await.0, 200);
    assert!(!gateway.folder.path().join("state").exists());
}
