//! The exchange itself.

use std::{error::Error, time::Duration};

use reqwest::{
    StatusCode,
    header::{ACCEPT, CONTENT_TYPE, RETRY_AFTER},
};
use tokio::time::{Instant, timeout_at};

use super::Upstream;
use crate::SearchFailed;

/// What came back.
pub(super) struct Response {
    pub(super) status: u16,
    /// The header `retry-after`, where it counts seconds.
    pub(super) retry_after: Option<Duration>,
    /// Why there is none.
    pub(super) body: Result<Vec<u8>, &'static str>,
}

/// Nothing came back.
#[derive(Debug)]
pub(super) enum Failure {
    /// There is no connection.
    Connect(String),
    /// The connection ended before an answer began.
    HungUp(String),
    Timeout,
}

impl Failure {
    pub(super) fn explain(self, after: Duration) -> SearchFailed {
        match self {
            Self::Connect(problem) | Self::HungUp(problem) => SearchFailed::Unreachable { problem },
            Self::Timeout => SearchFailed::Timeout { after },
        }
    }
}

impl Upstream {
    pub(super) async fn exchange(&self, form: String, deadline: Instant) -> Result<Response, Failure> {
        timeout_at(deadline, self.exchange_for_ever(form)).await.unwrap_or(Err(Failure::Timeout))
    }

    async fn exchange_for_ever(&self, form: String) -> Result<Response, Failure> {
        let request = self.http.post(self.search.clone()).header(ACCEPT, "application/json");
        let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(form);
        let mut response = request.send().await.map_err(failure)?;
        let (status, header) = (response.status(), response.headers().get(RETRY_AFTER));
        let seconds = header.and_then(|value| value.to_str().ok()).and_then(|text| text.trim().parse().ok());
        let mut body = Vec::new();
        let body = loop {
            match response.chunk().await {
                Ok(Some(chunk)) if body.len() + chunk.len() > self.max_body_bytes => {
                    break Err("the body is too large");
                }
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Ok(None) => break Ok(body),
                Err(error) if error.is_timeout() => return Err(Failure::Timeout),
                Err(_) => break Err("the body broke off"),
            }
        };
        let is_redirect = status.is_redirection() && status != StatusCode::NOT_MODIFIED;
        // The place it leads to may hold the query; nobody needs it.
        let body = if is_redirect { Ok(Vec::new()) } else { body };
        Ok(Response { status: status.as_u16(), retry_after: seconds.map(Duration::from_secs), body })
    }
}

/// The address is left out: it may hold credentials.
fn failure(error: reqwest::Error) -> Failure {
    if error.is_timeout() {
        return Failure::Timeout;
    }
    let is_connect = error.is_connect();
    let error = error.without_url();
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    if is_connect { Failure::Connect(text) } else { Failure::HungUp(text) }
}
