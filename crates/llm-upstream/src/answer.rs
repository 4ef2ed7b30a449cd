//! An answer and its body.

mod body;
mod body_error;

use hyper::{HeaderMap, StatusCode, header::CONTENT_TYPE};

pub use body::{AnswerBody, CollectError};
pub use body_error::BodyError;

/// The names under which upstreams send their own id of a request.
const REQUEST_IDS: [&str; 4] =
    ["x-request-id", "x-oneapi-request-id", "x-siliconcloud-trace-id", "x-dashscope-request-id"];

/// The head of an answer, and its body to come.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers as sent.
    pub headers: HeaderMap,
    /// The body.
    pub body: AnswerBody,
}

impl Answer {
    /// The upstream's own id of the request, under whichever name it sends one.
    pub fn upstream_request_id(&self) -> Option<&str> {
        REQUEST_IDS.iter().find_map(|name| self.headers.get(*name)?.to_str().ok())
    }

    /// Whether it is a stream of server-sent events.
    pub fn is_event_stream(&self) -> bool {
        const EVENTS: &[u8] = b"text/event-stream";
        let kind = self.headers.get(CONTENT_TYPE).map(|kind| kind.as_bytes().trim_ascii_start());
        kind.and_then(|kind| kind.get(..EVENTS.len())).is_some_and(|start| start.eq_ignore_ascii_case(EVENTS))
    }
}
