//! The gateway's `/search`, asked with this server's own token in the name of a caller.

use std::time::Duration;

use axum::{
    body::Bytes,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use daemon_kit::{
    config::{ApiSearchConfig, Secret},
    http::{self, ClientOptions},
    problem::Problem,
    request_id::{self, RequestId},
};
use reqwest::{Client, Url};
use tokio::time::{Instant, timeout_at};

use super::{
    patience::{self, Tried},
    question::Question,
};
use crate::auth::Caller;

/// Who asks, for the gateway's limit.
const CALLER: HeaderName = HeaderName::from_static("x-twilight-caller");
const PROBLEM: &[u8] = b"application/problem+json";
/// What of an answer's head reaches the caller.
const PASSED: [HeaderName; 6] = [
    header::CONTENT_TYPE,
    header::CACHE_CONTROL,
    header::RETRY_AFTER,
    HeaderName::from_static("x-ratelimit-limit"),
    HeaderName::from_static("x-ratelimit-remaining"),
    HeaderName::from_static("x-twilight-cache"),
];

/// The way to the gateway. Cheap to clone.
#[derive(Clone)]
pub(crate) struct SearchGateway {
    client: Client,
    url: Url,
    token: Option<Secret>,
    timeout: Duration,
}

/// What the gateway said.
struct Said {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl SearchGateway {
    /// As configured. Nothing is sent, and the gateway need not be there yet.
    ///
    /// # Errors
    /// When the client cannot be made.
    pub(crate) fn new(config: &ApiSearchConfig) -> Result<Self, reqwest::Error> {
        let options = ClientOptions {
            connect_timeout: Duration::from_secs(2),
            request_timeout: Duration::from_secs(120),
            follow_redirects: false,
            ..ClientOptions::default()
        };
        metrics::describe_counter!("search_retries_total", "Searches that the gateway was asked for once more");
        let mut url = config.gateway.clone();
        url.set_path(&format!("{}/search", url.path().trim_end_matches('/')));
        Ok(Self { client: http::client(&options)?, url, token: config.token.clone(), timeout: config.timeout })
    }

    /// Asks until there is an answer, or the caller's time is up, or another try would not help.
    ///
    /// # Errors
    /// 502 `search-gateway` where the gateway does not do what it should, 503 `search-gateway-unreachable`, 504
    /// `search-timeout`. What the gateway itself says about a search is passed on.
    pub(super) async fn ask(&self, question: &Question, caller: &Caller, id: &RequestId) -> Result<Response, Problem> {
        let timeout = question.timeout.unwrap_or(self.timeout);
        let deadline = Instant::now() + timeout;
        let mut tried = 0;
        loop {
            tried += 1;
            let Ok(outcome) = timeout_at(deadline, self.once(&question.form, caller, id)).await else {
                return Err(too_late(timeout));
            };
            let seen = match &outcome {
                Ok(said) => Tried::Answered(said.status, said.retry_after()),
                Err(_) => Tried::Unreachable,
            };
            let left = deadline.saturating_duration_since(Instant::now());
            match patience::pause(seen, tried, left, id.as_str()) {
                Some(pause) => {
                    metrics::counter!("search_retries_total").increment(1);
                    tokio::time::sleep(pause).await;
                }
                None => return outcome.map_err(|error| unreachable(&error)).and_then(Said::passed_on),
            }
        }
    }

    /// One try. As a form, because addresses get into logs.
    async fn once(&self, form: &str, caller: &Caller, id: &RequestId) -> Result<Said, reqwest::Error> {
        let mut request = self.client.post(self.url.clone()).body(form.to_owned());
        request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        request = request.header(request_id::HEADER, id.to_header());
        if let Ok(name) = HeaderValue::from_str(caller.name()) {
            request = request.header(CALLER, name);
        }
        if let Some(token) = &self.token {
            request = request.bearer_auth(token.expose());
        }
        let response = request.send().await?;
        let (status, headers) = (response.status(), response.headers().clone());
        Ok(Said { status, headers, body: response.bytes().await? })
    }
}

impl Said {
    /// What its header says, in seconds.
    fn retry_after(&self) -> Option<Duration> {
        let text = self.headers.get(header::RETRY_AFTER)?.to_str().ok()?;
        text.trim().parse().ok().map(Duration::from_secs)
    }

    /// The gateway's word on this search, as the caller's answer. Its word on this server is our own affair.
    fn passed_on(self) -> Result<Response, Problem> {
        let is_problem = || self.headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes() == PROBLEM);
        match self.status {
            StatusCode::OK => {}
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                let detail = "the gateway does not take this server's own token: see warehouse-api.search.token";
                tracing::error!(http.status = self.status.as_u16(), "{detail}");
                return Err(broken(detail));
            }
            status if status.as_u16() < 400 || status == StatusCode::NOT_FOUND || !is_problem() => {
                let detail = "what answers at warehouse-api.search.gateway_url is not a gateway's search";
                tracing::error!(http.status = status.as_u16(), "{detail}");
                return Err(broken(detail));
            }
            _ => {}
        }
        let mut response = (self.status, self.body).into_response();
        for name in PASSED {
            if let Some(value) = self.headers.get(&name) {
                response.headers_mut().insert(name, value.clone());
            }
        }
        Ok(response)
    }
}

fn broken(detail: &'static str) -> Problem {
    Problem::new(StatusCode::BAD_GATEWAY, "search-gateway", "The gateway does not search for this server", detail)
}

fn unreachable(error: &reqwest::Error) -> Problem {
    // The address is the operator's; what was asked stands in the body only.
    tracing::warn!(error = %error, "the gateway cannot be reached for a search: {error}");
    let detail = "the gateway that searches cannot be reached from here";
    let kind = "search-gateway-unreachable";
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, kind, "The search cannot be reached", detail)
        .header(header::RETRY_AFTER, HeaderValue::from_static("5"))
}

fn too_late(timeout: Duration) -> Problem {
    let detail = format!("the search did not end within {} ms", timeout.as_millis());
    Problem::new(StatusCode::GATEWAY_TIMEOUT, "search-timeout", "The search took too long", detail)
}
