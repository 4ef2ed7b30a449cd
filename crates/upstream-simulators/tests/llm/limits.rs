//! Limits over sliding windows, in tokio's paused time.

use std::{collections::BTreeMap, time::Duration};

use serde_json::json;
use tokio::time::advance;
use upstream_simulators::{LlmDialect, LlmFault, LlmKey, LlmLimits, LlmOptions};

use crate::harness::{Sim, chat, eventually};

async fn limited(limits: LlmLimits) -> Sim {
    let keys = vec![LlmKey::new("key-1").limited(limits)];
    Sim::with(LlmOptions { keys, ..LlmOptions::with_keys(LlmDialect::DashScope, 0) }).await
}

async fn code(sim: &Sim) -> String {
    let (status, body) = sim.chat("key-1", json!({})).await;
    if status == 200 { "ok".to_owned() } else { body["error"]["code"].as_str().unwrap_or_default().to_owned() }
}

#[tokio::test]
async fn requests_are_counted_over_any_minute() {
    let sim = limited(LlmLimits { rpm: Some(2), ..LlmLimits::default() }).await;
    tokio::time::pause();
    assert_eq!(code(&sim).await, "ok");
    advance(Duration::from_secs(40)).await;
    assert_eq!((code(&sim).await.as_str(), code(&sim).await.as_str()), ("ok", "limit_requests"));
    advance(Duration::from_secs(21)).await;
    // The first is over a minute old, the second is not, and the refused one does not count.
    assert_eq!((code(&sim).await.as_str(), code(&sim).await.as_str()), ("ok", "limit_requests"));
    assert_eq!(sim.server.book("key-1").answered, 3);
}

#[tokio::test]
async fn tokens_are_counted_with_those_of_the_answer() {
    let sim = limited(LlmLimits { tpm: Some(42), ..LlmLimits::default() }).await;
    assert_eq!([code(&sim).await, code(&sim).await], ["ok", "ok"], "21 tokens each");
    assert_eq!(code(&sim).await, "insufficient_quota", "which is how DashScope calls it");
    let refused = sim.server.book("key-1").refused;
    assert_eq!(refused["tokens_per_minute"], 1);
}

#[tokio::test]
async fn a_second_has_its_own_limit() {
    let sim = limited(LlmLimits { per_second: Some(1), ..LlmLimits::default() }).await;
    tokio::time::pause();
    assert_eq!([code(&sim).await, code(&sim).await], ["ok", "limit_burst_rate"]);
    advance(Duration::from_millis(1001)).await;
    assert_eq!(code(&sim).await, "ok");
}

#[tokio::test]
async fn so_many_at_once_and_no_more_until_one_is_over() {
    let sim = limited(LlmLimits { concurrency: Some(1), ..LlmLimits::default() }).await;
    sim.server.faults().next(1, "key-1", LlmFault::StallAfter(1));
    let answer = sim.send("key-1", "/chat/completions", &chat(json!({"stream": true}))).await;
    assert_eq!(code(&sim).await, "limit_burst_rate");
    drop(answer);
    eventually("it is over", || (sim.server.book("key-1").under_way == 0).then_some(())).await;
    assert_eq!(code(&sim).await, "ok");
    assert_eq!(sim.server.book("key-1").most_at_once, 2, "the refused one was there too");
}

#[tokio::test]
async fn keys_of_one_account_share_its_limit_per_model() {
    let keys = vec![LlmKey::new("a").on("house"), LlmKey::new("b").on("house"), LlmKey::new("c")];
    let limits = LlmLimits { rpm: Some(1), ..LlmLimits::default() };
    let account_limits = BTreeMap::from([("house".to_owned(), limits)]);
    let sim = Sim::with(LlmOptions { keys, account_limits, ..LlmOptions::default() }).await;
    let ask = async |key: &str, model: &str| sim.chat(key, json!({"model": model})).await.0;
    let statuses = [ask("a", "m").await, ask("b", "m").await, ask("b", "other").await, ask("c", "m").await];
    assert_eq!(statuses, [200, 429, 200, 200]);
}
