//! A profile: it has a token and asks, as an agent does.

use std::time::Duration;

use anyhow::Context as _;
use serde_json::{Value, json};
use tokio::time::Instant;

/// The model that everybody asks for.
pub(crate) const MODEL: &str = "qwen-plus";

/// A profile and its token.
#[derive(Clone)]
pub(super) struct Profile {
    pub(super) client: reqwest::Client,
    pub(super) gateway: String,
    pub(super) token: String,
}

/// A good answer.
pub(super) struct Answer {
    /// The channel that gave it.
    pub(super) channel: String,
    /// From the question to the first bytes of the body.
    pub(super) first_bytes: Duration,
}

impl Profile {
    /// Asks once, as a stream or not. Anything but a whole good answer is an error: that is what a caller would see.
    pub(super) async fn ask(&self, question: &str, stream: bool) -> anyhow::Result<Answer> {
        let begun = Instant::now();
        let body = json!({
            "model": MODEL, "stream": stream, "max_tokens": 64,
            "messages": [{"role": "user", "content": question}],
        });
        let url = format!("{}/v1/chat/completions", self.gateway);
        let mut answer = self.client.post(url).bearer_auth(&self.token).json(&body).send().await?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let mut text = Vec::new();
        let mut first_bytes = None;
        while let Some(part) = answer.chunk().await? {
            first_bytes.get_or_insert_with(|| begun.elapsed());
            text.extend_from_slice(&part);
        }
        let text = String::from_utf8(text)?;
        anyhow::ensure!(status.is_success(), "{status} {text}");
        if stream {
            anyhow::ensure!(
                text.ends_with("data: [DONE]\n\n") && !text.contains("\"error\""),
                "a stream ended with {text}"
            );
        } else {
            let body: Value = serde_json::from_str(&text)?;
            let said = body["choices"][0]["message"]["content"].as_str();
            anyhow::ensure!(said.is_some_and(|said| !said.is_empty()), "nothing was said: {text}");
        }
        let channel = headers.get("x-twilight-channel").context("no channel is named")?.to_str()?.to_owned();
        Ok(Answer { channel, first_bytes: first_bytes.unwrap_or_default() })
    }
}
