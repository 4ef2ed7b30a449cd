//! Heads of answers: what is read of an upstream's, and what a caller gets.

use axum::{
    body::Body,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::Response,
};
use llm_upstream::{Answer, AnswerBody};

use super::{exchange::Exchange, prepare::Prepared};

/// Which channel answered.
const CHANNEL: HeaderName = HeaderName::from_static("x-twilight-channel");
/// The number of the attempt that answered.
const ATTEMPTS: HeaderName = HeaderName::from_static("x-twilight-attempts");
/// The cap that the gateway sent, because the caller gave none.
const MAX_TOKENS: HeaderName = HeaderName::from_static("x-twilight-max-tokens");
/// The upstream's own id of the request.
const UPSTREAM_REQUEST_ID: HeaderName = HeaderName::from_static("x-upstream-request-id");

/// The head of an upstream's answer.
#[derive(Debug)]
pub(super) struct Head {
    /// Its status.
    pub(super) status: StatusCode,
    /// Its headers.
    pub(super) headers: HeaderMap,
    /// Whether it is a stream of events.
    pub(super) is_event_stream: bool,
    upstream_id: Option<HeaderValue>,
}

impl Head {
    /// Takes an answer apart.
    pub(super) fn of(answer: Answer) -> (Self, AnswerBody) {
        let upstream_id = answer.upstream_request_id().and_then(|id| HeaderValue::from_str(id).ok());
        let is_event_stream = answer.is_event_stream();
        let Answer { status, headers, body, .. } = answer;
        (Self { status, headers, is_event_stream, upstream_id }, body)
    }

    /// Whether the body is said to be JSON, or not said to be anything.
    pub(super) fn may_be_json(&self) -> bool {
        self.headers.get(header::CONTENT_TYPE).is_none_or(|kind| {
            let kind = kind.as_bytes();
            kind.windows(4).any(|part| part.eq_ignore_ascii_case(b"json"))
        })
    }

    /// Whether the body is compressed. No upstream is told that it may.
    pub(super) fn is_packed(&self) -> bool {
        let plain = |coding: &HeaderValue| coding.is_empty() || coding.as_bytes().eq_ignore_ascii_case(b"identity");
        self.headers.get_all(header::CONTENT_ENCODING).iter().any(|coding| !plain(coding))
    }

    /// The caller's answer with `body`. Of the upstream's headers only the content type is passed on.
    pub(super) fn answer(self, exchange: &Exchange, request: &Prepared, body: Body) -> Response {
        let mut response = Response::new(body);
        *response.status_mut() = self.status;
        let kind = self.headers.get(header::CONTENT_TYPE).cloned();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, kind.unwrap_or(HeaderValue::from_static("application/json")));
        headers.insert(CHANNEL, exchange.channel.header.clone());
        headers.insert(ATTEMPTS, HeaderValue::from(exchange.number()));
        if let Some(id) = self.upstream_id {
            headers.insert(UPSTREAM_REQUEST_ID, id);
        }
        if let Some(cap) = request.cap {
            headers.insert(MAX_TOKENS, HeaderValue::from(cap));
        }
        response
    }
}
