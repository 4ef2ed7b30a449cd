//! Requests and their answers.

use std::time::Duration;

use daemon_kit::{
    config::Secret,
    http::{self, ClientOptions},
};
use reqwest::{Method, RequestBuilder, StatusCode, header};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::{ClientError, Problem};

/// How long a whole request may take; a profile is at most 16 MiB.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);
/// What an answer may have.
const BODY_MAX: usize = 64 << 20;
/// What a question is asked again after, when nobody answers.
const AGAIN_AFTER: [Duration; 2] = [Duration::from_millis(200), Duration::from_millis(800)];
/// The longest that a registry may make us wait.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(10);

/// One registry. `Debug` shows no token.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    http: reqwest::Client,
    url: String,
    token: Option<Secret>,
}

/// An answer of the 200s or 304.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: header::HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Client {
    /// # Errors
    /// Where no HTTP client can be made.
    pub(crate) fn new(url: &str, token: Option<Secret>) -> Result<Self, ClientError> {
        let options = ClientOptions {
            request_timeout: REQUEST_TIMEOUT,
            user_agent: concat!("hermes-profile-manager/", env!("CARGO_PKG_VERSION")).to_owned(),
            follow_redirects: false,
            ..ClientOptions::default()
        };
        let http =
            http::client(&options).map_err(|error| ClientError::Unreadable(format!("make a client: {error}")))?;
        Ok(Self { http, url: url.trim_end_matches('/').to_owned(), token })
    }

    /// Its address.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The same registry with another token.
    pub(crate) fn with_token(&self, token: Secret) -> Self {
        Self { token: Some(token), ..self.clone() }
    }

    /// A request with the token, where there is one.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.url));
        match &self.token {
            Some(token) => request.bearer_auth(token.expose()),
            None => request,
        }
    }

    /// `GET path?query`, asked again where nobody answers.
    ///
    /// # Errors
    /// [`ClientError`].
    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str, query: &[(&str, &str)]) -> Result<T, ClientError> {
        self.json(&self.ask(self.request(Method::GET, path).query(query)).await?)
    }

    /// `POST path`, asked once: nobody knows what an answer that was lost has done.
    ///
    /// # Errors
    /// [`ClientError`].
    pub(crate) async fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, ClientError> {
        let answer = self.ask_once(self.request(Method::POST, path).json(body)).await.map_err(|(error, _)| error)?;
        self.json(&answer)
    }

    /// As [`Self::ask_once`], again where nobody answers: for questions.
    ///
    /// # Errors
    /// [`ClientError`].
    pub(crate) async fn ask(&self, request: RequestBuilder) -> Result<Answer, ClientError> {
        for after in AGAIN_AFTER {
            let Some(this) = request.try_clone() else { break };
            match self.ask_once(this).await {
                Err((ClientError::Unreachable(_), told)) => tokio::time::sleep(told.unwrap_or(after)).await,
                other => return other.map_err(|(error, _)| error),
            }
        }
        self.ask_once(request).await.map_err(|(error, _)| error)
    }

    /// Sends a request once; with an error, after what time the registry wants to be asked again.
    ///
    /// # Errors
    /// [`ClientError`].
    pub(crate) async fn ask_once(&self, request: RequestBuilder) -> Result<Answer, (ClientError, Option<Duration>)> {
        let lost = |error: reqwest::Error| {
            let error = error.without_url();
            let is_ours = error.is_builder();
            // The innermost reason is what helps: "connection refused".
            let mut reason: &dyn std::error::Error = &error;
            while let Some(below) = reason.source() {
                reason = below;
            }
            // Nothing was sent: asked again it would be the same.
            let told = match is_ours {
                true => ClientError::Unreadable(format!("the registry at {} cannot be asked: {reason}", self.url)),
                false => ClientError::Unreachable(format!("the registry at {} does not answer: {reason}", self.url)),
            };
            (told, None)
        };
        let mut response = request.send().await.map_err(lost)?;
        let (status, headers) = (response.status(), response.headers().clone());
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(lost)? {
            body.extend_from_slice(&chunk);
            if body.len() > BODY_MAX {
                let what = format!("the registry at {} answers more than {BODY_MAX} bytes", self.url);
                return Err((ClientError::Unreadable(what), None));
            }
        }
        if status.is_success() || status == StatusCode::NOT_MODIFIED {
            return Ok(Answer { status, headers, body });
        }
        let told = headers.get(header::RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
        let told = told.map(|seconds| Duration::from_secs(seconds).min(RETRY_AFTER_MAX));
        let problem = Problem::new(status.as_u16(), serde_json::from_slice(&body).unwrap_or(Value::Null));
        Err(match status.as_u16() {
            401 => {
                let detail = problem.body["detail"].as_str().unwrap_or("the token is not valid").to_owned();
                (ClientError::Unauthorized(detail), None)
            }
            429 | 500..=599 => {
                let detail = problem.body["detail"].as_str().unwrap_or_default();
                let what = format!("the registry at {} cannot answer now: {status}: {detail}", self.url);
                (ClientError::Unreachable(what), told)
            }
            300..=399 => {
                let what = format!("the registry at {} answers {status}: is the address right?", self.url);
                (ClientError::Unreadable(what), None)
            }
            _ => (ClientError::Problem(problem), None),
        })
    }

    /// Reads an answer.
    ///
    /// # Errors
    /// [`ClientError::Unreadable`].
    pub(crate) fn json<T: DeserializeOwned>(&self, answer: &Answer) -> Result<T, ClientError> {
        serde_json::from_slice(&answer.body).map_err(|error| {
            ClientError::Unreadable(format!(
                "the registry at {} answers something else than its API: {error}",
                self.url
            ))
        })
    }
}
