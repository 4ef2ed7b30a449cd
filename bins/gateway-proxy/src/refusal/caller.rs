//! What is the caller's own fault.

use std::time::Duration;

use access_tokens::{Denied, Scope};
use axum::http::StatusCode;
use llm_upstream::{OpenAiError, request::BadRequest};

use super::Failure;
use crate::relay::Outcome;

impl Failure {
    /// 401: no token, or none that is valid.
    pub(crate) fn unauthorized(message: &str) -> Self {
        let error = OpenAiError::new("authentication_error", Some("invalid_api_key"), message);
        Self::new(StatusCode::UNAUTHORIZED, Outcome::Denied, error)
    }

    /// 403: the token lacks a scope.
    pub(crate) fn no_scope(scope: Scope) -> Self {
        let message = format!("this token lacks the scope `{scope}`");
        let error = OpenAiError::new("permission_error", Some("insufficient_scope"), &message);
        Self::new(StatusCode::FORBIDDEN, Outcome::Denied, error)
    }

    /// 403: the token is not for this model.
    pub(crate) fn model_not_allowed(model: &str) -> Self {
        let message = format!("this token may not use the model `{model}`; GET /v1/models lists those that it may");
        let error = OpenAiError::new("permission_error", Some("model_not_allowed"), &message).with_param("model");
        Self::new(StatusCode::FORBIDDEN, Outcome::Denied, error)
    }

    /// 413: the body is longer than the limit.
    pub(crate) fn body_too_large(limit: usize) -> Self {
        let message = format!("the request's body is longer than {limit} bytes");
        let error = OpenAiError::new("invalid_request_error", Some("request_too_large"), &message);
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, Outcome::CallerFault, error)
    }

    /// 429: so many long bodies are held already that there is no room for another.
    pub(crate) fn too_many_bodies() -> Self {
        let message = "too many long requests are under way at the same time; try again in 1 s";
        let error = OpenAiError::new("rate_limit_error", Some("rate_limit_exceeded"), message);
        Self::new(StatusCode::TOO_MANY_REQUESTS, Outcome::RateLimited, error).retry_after(Some(Duration::from_secs(1)))
    }

    /// 415: the body says that it is no JSON.
    pub(crate) fn not_json(header: &str, value: &str) -> Self {
        let message = format!("{header} is {value:?}; send JSON as application/json, not compressed");
        let error = OpenAiError::new("invalid_request_error", Some("unsupported_media_type"), &message);
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, Outcome::CallerFault, error)
    }

    /// 408: the body did not arrive.
    pub(crate) fn body_too_slow(within: Duration) -> Self {
        let message = format!("the request's body paused for more than {} s, or came drop by drop", within.as_secs());
        let error = OpenAiError::new("invalid_request_error", Some("request_timeout"), &message);
        Self::new(StatusCode::REQUEST_TIMEOUT, Outcome::CallerFault, error)
    }

    /// 500: our own fault.
    pub(crate) fn internal() -> Self {
        let message = "the gateway failed; its log has the reason under this request's x-request-id";
        let error = OpenAiError::new("server_error", Some("internal_error"), message);
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, Outcome::Internal, error)
    }

    /// 400: the body broke off.
    pub(crate) fn body_cut() -> Self {
        let error = OpenAiError::new("invalid_request_error", None, "the request's body ended early");
        Self::new(StatusCode::BAD_REQUEST, Outcome::CallerFault, error)
    }
}

impl From<Denied> for Failure {
    fn from(denied: Denied) -> Self {
        Self::unauthorized(&denied.to_string())
    }
}

impl From<BadRequest> for Failure {
    fn from(bad: BadRequest) -> Self {
        let error = OpenAiError::new("invalid_request_error", None, &bad.to_string());
        let error = if bad.field == "body" { error } else { error.with_param(&bad.field) };
        Self::new(StatusCode::BAD_REQUEST, Outcome::CallerFault, error)
    }
}
