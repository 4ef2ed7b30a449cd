//! What is asked of `/v1` that is not there, told in the form that OpenAI's clients read.

use axum::{
    extract::Request,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use llm_upstream::OpenAiError;

use crate::{refusal::Failure, relay::Outcome};

const SERVED: &str = "chat/completions, completions, embeddings, rerank and models are served below /v1";

/// A path that nothing is served at.
pub(crate) async fn path(request: Request) -> Response {
    let message = format!("nothing is served at {} {}; {SERVED}", request.method(), request.uri().path());
    let error = OpenAiError::new("invalid_request_error", Some("unknown_url"), &message);
    Failure::new(StatusCode::NOT_FOUND, Outcome::CallerFault, error).into_response()
}

/// A path that is only asked with `POST`.
pub(crate) async fn method(request: Request) -> Response {
    let message = format!("{} takes POST, not {}", request.uri().path(), request.method());
    let error = OpenAiError::new("invalid_request_error", Some("method_not_allowed"), &message);
    let failure = Failure::new(StatusCode::METHOD_NOT_ALLOWED, Outcome::CallerFault, error);
    let mut response = failure.into_response();
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
    response
}
