//! The token gateway's admin API, as far as the registry needs it: it makes the tokens of profiles and tells the gateway
//! their digests.

use std::time::Duration;

use access_tokens::Digest;
use daemon_kit::{config::Secret, http, problem::TYPE_PREFIX};
use reqwest::{Client, RequestBuilder, StatusCode, Url, header::AUTHORIZATION};
use serde_json::{Value, json};

/// Bound on one request.
const TIMEOUT: Duration = Duration::from_secs(15);
/// So much of a refusal is read, and told.
const DETAIL_BYTES: usize = 8 << 10;
const DETAIL_CHARS: usize = 200;

/// Why the gateway did not do what was asked, by what the caller does about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GatewayError {
    /// It cannot be asked, or cannot answer now: later.
    #[error("the gateway does not answer: {0}")]
    Unavailable(String),
    /// The id stands for another token: somebody has to look.
    #[error("the gateway has another token under the id {0}, or revoked it")]
    Conflict(String),
    /// It has no such token.
    #[error("the gateway has no such token")]
    Unknown,
    /// It says no: somebody has to look.
    #[error("the gateway refuses: {0}")]
    Refused(String),
}

/// The gateway; cheap to clone. `Debug` does not show its token.
#[derive(Clone, Debug)]
pub struct GatewayClient {
    base: Url,
    token: Secret,
    client: Client,
}

/// A token of a profile, without its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewToken {
    /// By which it is registered again without harm: see [`token_id`].
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Whose use of the gateway it counts as.
    pub profile: String,
    /// What it opens.
    pub scopes: Vec<String>,
    /// Of its text.
    pub digest: Digest,
}

/// The id of an order's token: `order@<number>@<variable>`.
pub fn token_id(out_trade_no: &str, variable: &str) -> String {
    format!("order@{out_trade_no}@{variable}")
}

impl GatewayClient {
    /// The gateway at `base`, asked with the token of its operators.
    ///
    /// # Errors
    /// When the machine's root certificates cannot be used.
    pub fn new(base: Url, token: Secret) -> Result<Self, reqwest::Error> {
        let defaults = http::ClientOptions::default();
        let options = http::ClientOptions { request_timeout: TIMEOUT, follow_redirects: false, ..defaults };
        Ok(Self { base, token, client: http::client(&options)? })
    }

    /// Registers a token. Once more with the same one changes nothing.
    ///
    /// # Errors
    /// [`GatewayError`].
    pub async fn register(&self, token: &NewToken) -> Result<(), GatewayError> {
        let body = json!({
            "id": token.id,
            "name": token.name,
            "profile": token.profile,
            "scopes": token.scopes,
            "sha256": token.digest.to_string(),
        });
        let request = self.client.post(self.url(&["admin", "tokens"])?).json(&body);
        self.ask(request, &token.id).await
    }

    /// Revokes a token. What is not there, or revoked already, is as it should be.
    ///
    /// # Errors
    /// [`GatewayError`].
    pub async fn revoke(&self, id: &str) -> Result<(), GatewayError> {
        let request = self.client.delete(self.url(&["admin", "tokens", id])?);
        match self.ask(request, id).await {
            Err(GatewayError::Unknown) => Ok(()),
            asked => asked,
        }
    }

    fn url(&self, parts: &[&str]) -> Result<Url, GatewayError> {
        let mut url = self.base.clone();
        match url.path_segments_mut() {
            Ok(mut path) => drop(path.pop_if_empty().extend(parts)),
            Err(()) => return Err(GatewayError::Refused("its address cannot have a path".to_owned())),
        }
        Ok(url)
    }

    async fn ask(&self, request: RequestBuilder, id: &str) -> Result<(), GatewayError> {
        let request = request.header(AUTHORIZATION, format!("Bearer {}", self.token.expose()));
        let response = request.send().await.map_err(|error| GatewayError::Unavailable(http::reason(error)))?;
        let status = response.status();
        match status.as_u16() {
            200..=299 => Ok(()),
            409 => Err(GatewayError::Conflict(id.to_owned())),
            408 | 425 | 429 | 500..=599 => Err(GatewayError::Unavailable(format!("HTTP status {status}"))),
            _ => {
                let body = read(response).await;
                if status == StatusCode::NOT_FOUND && is_about_the_token(&body) {
                    return Err(GatewayError::Unknown);
                }
                let detail = body["detail"].as_str().unwrap_or_default();
                let detail: String = detail.chars().take(DETAIL_CHARS).collect();
                let told = self.token.expose();
                let detail = if detail.contains(told) { detail.replace(told, "[redacted]") } else { detail };
                Err(GatewayError::Refused(format!("HTTP status {status}: {detail}")))
            }
        }
    }
}

/// A 404 of the gateway itself names its problem; one of whatever else listens there does not mean that a token is gone.
fn is_about_the_token(body: &Value) -> bool {
    body["type"].as_str().and_then(|kind| kind.strip_prefix(TYPE_PREFIX)) == Some("not-found") && body["status"] == 404
}

async fn read(mut response: reqwest::Response) -> Value {
    let mut body = Vec::new();
    while body.len() < DETAIL_BYTES {
        match response.chunk().await {
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) | Err(_) => break,
        }
    }
    serde_json::from_slice(&body).unwrap_or_default()
}
