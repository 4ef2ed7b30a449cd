//! The provider without a memory.

use std::time::Duration;

use reqwest::Client;
use serde_json::{Value, json};
use tokio::time::Instant;
use upstream_simulators::{FastLlm, FastOptions};

use crate::harness::{events, said};

async fn start(options: FastOptions) -> (FastLlm, Client) {
    rustls::crypto::ring::default_provider().install_default().unwrap_or_default();
    let server = FastLlm::start(options).await.expect("a free port");
    (server, Client::builder().no_proxy().build().expect("a client"))
}

async fn ask(server: &FastLlm, client: &Client, body: String) -> (String, String) {
    let answer = client.post(format!("{}/v1/chat/completions", server.url)).body(body).send().await.expect("an answer");
    let content_type = answer.headers()["content-type"].to_str().expect("text").to_owned();
    (content_type, answer.text().await.expect("a body"))
}

#[tokio::test]
async fn it_answers_whole_or_as_a_stream_as_it_is_asked() {
    let (server, client) = start(FastOptions { tokens: 5, ..FastOptions::default() }).await;
    let (content_type, body) = ask(&server, &client, json!({"model": "mock"}).to_string()).await;
    let body: Value = serde_json::from_str(&body).expect("JSON");
    assert_eq!((content_type.as_str(), &body["usage"]["completion_tokens"]), ("application/json", &json!(5)));
    for stream in [r#"{"stream":true}"#, "{\"stream\" : \n true}"] {
        let (content_type, text) = ask(&server, &client, stream.to_owned()).await;
        assert_eq!(content_type, "text/event-stream");
        assert_eq!(said(&text), body["choices"][0]["message"]["content"].as_str().expect("a text"));
        assert!(text.ends_with("data: [DONE]\n\n"));
    }
    for whole in [r#"{"stream":false}"#, r#"{"streams":true}"#] {
        assert_eq!(ask(&server, &client, whole.to_owned()).await.0, "application/json");
    }
    let models = client.get(format!("{}/v1/models", server.url)).send().await.expect("an answer");
    assert_eq!(models.json::<Value>().await.expect("JSON")["data"][0]["id"], "mock");
}

#[tokio::test]
async fn a_large_request_is_read_whole_and_frames_keep_to_their_times() {
    let interval = Duration::from_millis(20);
    let (server, client) = start(FastOptions { tokens: 6, interval, ..FastOptions::default() }).await;
    let begun = Instant::now();
    let large = json!({"messages": "x".repeat(1 << 20), "stream": true}).to_string();
    let (_, text) = ask(&server, &client, large).await;
    let frames = events(&text).len() + 1;
    assert_eq!(frames, 10, "role, six tokens, the end, the usage, [DONE]");
    assert!(begun.elapsed() >= interval * 9, "{:?}", begun.elapsed());
}
