//! A no to a caller of `/v1/*`, in the form that OpenAI's clients read.
//!
//! `{"error": {"message", "type", "param", "code"}}` with a message that says which limit, which meter and how long;
//! `retry-after` and `retry-after-ms` only where waiting helps, and then true; `x-should-retry: false` where repeating
//! the request only makes it worse, because those clients repeat every 429 and 5xx twice.

mod caller;
mod routing;
mod upstream;

use std::time::Duration;

use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use llm_upstream::OpenAiError;

pub(crate) use self::upstream::Attempted;
use crate::relay::Outcome;

/// Milliseconds to wait, beside the whole seconds of `retry-after`.
const RETRY_AFTER_MS: HeaderName = HeaderName::from_static("retry-after-ms");
/// What OpenAI's clients obey before anything else.
const SHOULD_RETRY: HeaderName = HeaderName::from_static("x-should-retry");

/// An error answer.
#[derive(Clone, Debug)]
pub(crate) struct Failure(Box<Content>);

/// Boxed, so that a `Result` with a failure in it stays small.
#[derive(Clone, Debug)]
struct Content {
    status: StatusCode,
    outcome: Outcome,
    error: OpenAiError,
    retry_after: Option<Duration>,
    should_retry: Option<bool>,
}

impl Failure {
    /// An error with `status`, which the request's record calls `outcome`.
    pub(crate) fn new(status: StatusCode, outcome: Outcome, error: OpenAiError) -> Self {
        Self(Box::new(Content { status, outcome, error, retry_after: None, should_retry: None }))
    }

    /// Waiting this long helps.
    #[must_use]
    pub(crate) fn retry_after(mut self, wait: Option<Duration>) -> Self {
        self.0.retry_after = wait;
        self
    }

    /// Repeating the request does not help.
    #[must_use]
    pub(crate) fn do_not_retry(mut self) -> Self {
        self.0.should_retry = Some(false);
        self
    }

    /// The status.
    pub(crate) fn status(&self) -> StatusCode {
        self.0.status
    }

    /// How the request ended.
    pub(crate) fn outcome(&self) -> Outcome {
        self.0.outcome
    }

    /// What the caller reads.
    pub(crate) fn message(&self) -> &str {
        &self.0.error.message
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let Content { status, error, retry_after, should_retry, .. } = *self.0;
        let mut response = Response::new(Body::from(error.to_json()));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(wait) = retry_after {
            let millis = u64::try_from(wait.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX);
            headers.insert(header::RETRY_AFTER, HeaderValue::from(millis.div_ceil(1000)));
            headers.insert(RETRY_AFTER_MS, HeaderValue::from(millis));
        }
        if let Some(retry) = should_retry {
            headers.insert(SHOULD_RETRY, HeaderValue::from_static(if retry { "true" } else { "false" }));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(r#"Bearer realm="twilight""#));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_rounded_up_in_both_headers_and_absent_where_waiting_does_not_help() {
        let error = || OpenAiError::new("rate_limit_error", Some("rate_limit_exceeded"), "wait");
        let failure = Failure::new(StatusCode::TOO_MANY_REQUESTS, Outcome::RateLimited, error());
        let waiting = failure.clone().retry_after(Some(Duration::from_micros(1_000_500))).into_response();
        let header = |response: &Response, name: &str| response.headers().get(name).cloned();
        assert_eq!(header(&waiting, "retry-after").unwrap(), "2");
        assert_eq!(header(&waiting, "retry-after-ms").unwrap(), "1001");
        let hopeless = failure.do_not_retry().into_response();
        assert_eq!((header(&hopeless, "retry-after"), header(&hopeless, "retry-after-ms")), (None, None));
        assert_eq!(header(&hopeless, "x-should-retry").unwrap(), "false");
    }
}
