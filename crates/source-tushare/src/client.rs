//! The client: one request with its allowance, attempts and waits. The questions are in `endpoints`.

use std::{collections::BTreeMap, fmt, sync::Arc};

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::{
    Api, ClientConfig, RawPage, TushareError,
    api::Query,
    classify::{Refusal, classify},
    limits::RateLimits,
    retry::Backoff,
    transport::Transport,
    wire::{self, Answer, Table},
};

/// Tells the time. Production passes the system clock, tests a fixed one.
pub type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// A Tushare account over HTTP. Share one instance (`Arc`) per account: the allowance is counted in it.
pub struct Client {
    pub(crate) config: ClientConfig,
    transport: Transport,
    url: String,
    limits: RateLimits,
    backoff: Backoff,
    clock: Clock,
}

impl Client {
    /// A client that sends through `http` and stamps responses with `clock`.
    pub fn new(http: reqwest::Client, config: ClientConfig, clock: Clock) -> Self {
        Self::over(Transport::Http(http), config, clock)
    }

    pub(crate) fn over(transport: Transport, config: ClientConfig, clock: Clock) -> Self {
        Self {
            url: config.url(),
            limits: RateLimits::new(&config),
            backoff: Backoff::new(&config),
            config,
            transport,
            clock,
        }
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        (self.clock)()
    }

    /// Asks for one page: waits for the allowance, tries again after transport failures, waits out a spent minute.
    pub(crate) async fn page(&self, query: &Query, limit: usize, offset: usize) -> Result<Page, TushareError> {
        let api = query.endpoint.api;
        let request = Request::new(query, limit, offset);
        let (mut attempts, mut minute_waits) = (0, 0);
        loop {
            self.limits.acquire(api).await;
            match self.attempt(query, &request).await {
                Ok(page) => return Ok(page),
                Err(Failure::Refused { refusal: Refusal::MinuteLimit, .. })
                    if minute_waits < self.config.max_minute_waits =>
                {
                    minute_waits += 1;
                    tracing::warn!(
                        tushare.api = api.name(),
                        minute_waits,
                        "calls per minute spent: waiting for the next minute"
                    );
                    self.limits.exhaust(api);
                }
                Err(Failure::Refused { refusal, code, message }) => {
                    return Err(refusal.into_error(api, code, message, self.now()));
                }
                Err(Failure::Transient(detail)) => {
                    attempts += 1;
                    if attempts >= self.config.max_attempts {
                        return Err(TushareError::Unavailable { api, attempts, detail });
                    }
                    let wait = self.backoff.after(attempts);
                    let wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
                    tracing::warn!(tushare.api = api.name(), attempts, wait_ms, detail, "request failed: trying again");
                    tokio::time::sleep(wait).await;
                }
            }
        }
    }

    async fn attempt(&self, query: &Query, request: &Request<'_>) -> Result<Page, Failure> {
        let secret = &self.config.token;
        let transient = |detail: String| Failure::Transient(secret.redact(&detail));
        let body = request.with_token(secret.expose()).map_err(transient)?;
        let response = self.transport.post(&self.url, body, self.config.request_timeout).await.map_err(transient)?;
        if response.status != 200 {
            return Err(Failure::Transient(format!("HTTP status {}", response.status)));
        }
        match wire::read(query.endpoint, &response.body).map_err(transient)? {
            Answer::Refused { code, message } => {
                Err(Failure::Refused { refusal: classify(code, &message), code, message: secret.redact(&message) })
            }
            Answer::Data(table) => {
                let raw = RawPage {
                    dataset: query.endpoint.name,
                    request: request.without_token().map_err(transient)?,
                    fetched_at: self.now(),
                    http_status: response.status,
                    body: response.body,
                };
                tracing::debug!(tushare.api = query.endpoint.name, rows = table.items, bytes = raw.body.len(), "page");
                Ok(Page { raw, table })
            }
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("config", &self.config).finish_non_exhaustive()
    }
}

/// One response and what it says.
pub(crate) struct Page {
    pub(crate) raw: RawPage,
    pub(crate) table: Table,
}

enum Failure {
    /// Worth another attempt.
    Transient(String),
    /// The vendor answered, and the answer is no.
    Refused { refusal: Refusal, code: i64, message: String },
}

/// The request body. `token` comes in for sending only, so the copy kept for lineage cannot hold it.
#[derive(Serialize, Clone)]
struct Request<'a> {
    api_name: Api,
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<&'a str>,
    params: BTreeMap<&'a str, String>,
    fields: String,
}

impl<'a> Request<'a> {
    fn new(query: &'a Query, limit: usize, offset: usize) -> Self {
        let mut params: BTreeMap<&str, String> =
            query.params.iter().map(|(name, value)| (*name, value.clone())).collect();
        params.insert("limit", limit.to_string());
        params.insert("offset", offset.to_string());
        Self { api_name: query.endpoint.api, token: None, params, fields: query.endpoint.fields.join(",") }
    }

    fn with_token(&self, token: &str) -> Result<String, String> {
        serde_json::to_string(&Request { token: Some(token), ..self.clone() }).map_err(|error| error.to_string())
    }

    fn without_token(&self) -> Result<String, String> {
        serde_json::to_string(self).map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests;
