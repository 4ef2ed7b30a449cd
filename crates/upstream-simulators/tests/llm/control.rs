//! The same from another process.

use serde_json::{Value, json};
use upstream_simulators::{LlmDialect, LlmOptions};

use crate::harness::Sim;

#[tokio::test]
async fn faults_books_and_calls_are_within_reach_of_curl() {
    let sim = Sim::start().await;
    let url = |path: &str| format!("{}/_sim/{path}", sim.server.url);
    let read = async |path: &str| -> Value {
        let answer = sim.client.get(url(path)).send().await.expect("an answer");
        serde_json::from_str(&answer.text().await.expect("a body")).expect("JSON")
    };
    let rule = json!({"key": "key-1", "calls": 1, "fault": {"refuse": "tokens_per_minute"}});
    let posted = sim.client.post(url("faults")).body(rule.to_string()).send().await.expect("an answer");
    assert_eq!(posted.status(), 200);
    assert_eq!(read("faults").await[0]["fault"], json!({"refuse": "tokens_per_minute"}));
    assert_eq!((sim.chat("key-1", json!({})).await.0, sim.chat("key-1", json!({})).await.0), (429, 200));
    let books = read("books").await;
    assert_eq!((&books["key-1"]["calls"], &books["key-1"]["refused"]), (&json!(2), &json!({"tokens_per_minute": 1})));
    assert_eq!(read("calls").await["log"][0]["outcome"], "tokens_per_minute");

    let several = json!([{"fault": "hangup"}, {"fault": {"slow_head": 5}}]);
    sim.client.post(url("faults")).body(several.to_string()).send().await.expect("an answer");
    assert_eq!(read("faults").await.as_array().map(Vec::len), Some(2));
    sim.client.delete(url("faults")).send().await.expect("an answer");
    assert_eq!(read("faults").await, json!([]));
    let wrong = sim.client.post(url("faults")).body("{\"fault\": \"nonsense\"}").send().await.expect("an answer");
    assert_eq!(wrong.status(), 422);
}

#[tokio::test]
async fn a_provider_without_control_has_none() {
    let sim = Sim::with(LlmOptions { control: false, ..LlmOptions::with_keys(LlmDialect::OpenAi, 1) }).await;
    let answer = sim.client.get(format!("{}/_sim/books", sim.server.url)).send().await.expect("an answer");
    assert_eq!(answer.status(), 404);
}

#[tokio::test]
async fn a_provider_without_keys_takes_any_and_books_it_under_its_text() {
    let sim = Sim::with(LlmOptions::default()).await;
    assert_eq!(sim.chat("whatever", json!({})).await.0, 200);
    assert_eq!(sim.server.book("sk-sim-whatever").answered, 1);
}
