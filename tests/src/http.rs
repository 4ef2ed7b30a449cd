//! Asking a daemon over HTTP.

use daemon_kit::http;
use serde_json::Value;

/// The API's token on a [`crate::Stage`].
pub const API_TOKEN: &str = "system-tests-api-token";

/// A client of one daemon.
#[derive(Clone)]
pub struct Http {
    client: reqwest::Client,
    url: String,
}

impl Http {
    /// A client of the daemon at `url`.
    pub fn new(url: &str) -> Self {
        Self { client: http::client(&http::ClientOptions::default()).unwrap(), url: url.to_owned() }
    }

    /// Status and JSON body of `GET path`; null where the body is no JSON.
    ///
    /// # Panics
    /// If there is no answer.
    pub async fn get(&self, path: &str) -> (u16, Value) {
        let request = self.client.get(format!("{}{path}", self.url)).bearer_auth(API_TOKEN);
        let answer = request.send().await.unwrap_or_else(|error| panic!("GET {path}: {error:?}"));
        let status = answer.status().as_u16();
        let body = answer.bytes().await.unwrap_or_else(|error| panic!("GET {path}: {error:?}"));
        (status, serde_json::from_slice(&body).unwrap_or_default())
    }
}
