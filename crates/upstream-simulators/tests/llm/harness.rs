//! A provider, and a client that reads its answers.

use std::time::Duration;

use futures::StreamExt as _;
use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Value, json};
use tokio::time::{Instant, MissedTickBehavior, interval};
use upstream_simulators::{LlmDialect, LlmOptions, LlmServer};

pub(crate) struct Sim {
    pub(crate) server: LlmServer,
    pub(crate) client: Client,
}

impl Sim {
    /// OpenAI's dialect, keys `key-1` and `key-2`.
    pub(crate) async fn start() -> Self {
        Self::with(LlmOptions::with_keys(LlmDialect::OpenAi, 2)).await
    }

    pub(crate) async fn with(options: LlmOptions) -> Self {
        rustls::crypto::ring::default_provider().install_default().unwrap_or_default();
        let server = LlmServer::start(options).await.expect("a free port");
        // Without idle connections no timer runs, and paused time stands still until a test advances it.
        let client = Client::builder().no_proxy().pool_max_idle_per_host(0).build().expect("a client");
        Self { server, client }
    }

    pub(crate) fn post(&self, key: &str, path: &str, body: &Value) -> RequestBuilder {
        let url = format!("{}{path}", self.server.base_url());
        self.client.post(url).bearer_auth(format!("sk-sim-{key}")).body(body.to_string())
    }

    pub(crate) async fn send(&self, key: &str, path: &str, body: &Value) -> Response {
        self.post(key, path, body).send().await.expect("an answer")
    }

    pub(crate) async fn chat(&self, key: &str, more: Value) -> (u16, Value) {
        let answer = self.send(key, "/chat/completions", &chat(more)).await;
        let status = answer.status().as_u16();
        let text = answer.text().await.expect("a whole body");
        (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    /// The bytes of a chat stream, and whether it ended in order.
    pub(crate) async fn stream(&self, key: &str, more: Value) -> (String, bool) {
        let mut body = chat(more);
        body["stream"] = true.into();
        let mut parts = self.send(key, "/chat/completions", &body).await.bytes_stream();
        let mut whole = Vec::new();
        while let Some(part) = parts.next().await {
            match part {
                Ok(part) => whole.extend_from_slice(&part),
                Err(_) => return (String::from_utf8(whole).expect("text"), false),
            }
        }
        (String::from_utf8(whole).expect("text"), true)
    }
}

/// A chat's body: 5 tokens of prompt, and the members of `more`.
pub(crate) fn chat(more: Value) -> Value {
    let mut body = json!({"model": "qwen-plus", "messages": [{"role": "user", "content": "Good day"}]});
    for (name, value) in more.as_object().into_iter().flatten() {
        body[name] = value.clone();
    }
    body
}

/// The events of a stream, `[DONE]` and comments left out.
pub(crate) fn events(text: &str) -> Vec<Value> {
    let data = text.split("\n\n").filter_map(|frame| frame.strip_prefix("data: "));
    data.filter(|data| *data != "[DONE]").map(|data| serde_json::from_str(data).expect("JSON")).collect()
}

/// The text of a stream's deltas.
pub(crate) fn said(text: &str) -> String {
    let deltas = events(text);
    deltas.iter().filter_map(|event| event["choices"][0]["delta"]["content"].as_str()).collect()
}

/// Asks again and again until `probe` has an answer.
pub(crate) async fn eventually<T>(what: &str, mut probe: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(20);
    let mut ticks = interval(Duration::from_millis(2));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Some(answer) = probe() {
            return answer;
        }
        assert!(Instant::now() < deadline, "never: {what}");
    }
}
