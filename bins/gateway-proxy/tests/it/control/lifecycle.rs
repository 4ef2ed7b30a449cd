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

use super::kit::Operated;

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
async fn a_second_gateway_on_the_same_books_is_refused_by_name() {
    let gateway = Operated::over(LlmOptions::with_keys(LlmDialect::DashScope, 1)).await;
    let config = Config::from_toml(&gateway.text, "test", &Environment::default()).unwrap();
    let options = Options {
        gateway: config.gateway_proxy().unwrap(),
        queue: None,
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
