//! The bare proxy of `mode = "plain"`: the same connections, and nothing else. No tokens, limits, budgets and books, no
//! fallback: it measures what governing costs.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::{
    body::Body,
    extract::Request,
    http::header,
    response::{IntoResponse as _, Response},
};
use daemon_kit::request_id::RequestId;
use llm_upstream::{Endpoint, Target, Upstreams};

use super::{answer::own_words, bodies::Bodies, intake::read_body};
use crate::{
    refusal::{Attempted, Failure},
    relay::RelayOptions,
};

/// Sends every request to the next channel.
pub(crate) struct PlainRelay {
    options: RelayOptions,
    upstreams: Upstreams,
    channels: Vec<(Arc<str>, Target)>,
    next: AtomicUsize,
    bodies: Arc<Bodies>,
}

impl PlainRelay {
    /// Over these channels, which all get the same requests.
    pub(crate) fn new(options: RelayOptions, upstreams: Upstreams, channels: Vec<(Arc<str>, Target)>) -> Arc<Self> {
        Arc::new(Self { options, upstreams, channels, next: AtomicUsize::new(0), bodies: Bodies::new() })
    }

    /// Passes a request and its answer on.
    pub(crate) async fn relay(self: Arc<Self>, endpoint: Endpoint, request: Request) -> Response {
        let (head, body) = request.into_parts();
        let (limit, within) = (self.options.max_body, self.options.body_within);
        let mut held = self.bodies.none();
        let body = match read_body(&head.headers, body, limit, within, &mut held).await {
            Ok(body) => body,
            Err(failure) => return failure.into_response(),
        };
        let place = self.next.fetch_add(1, Ordering::Relaxed);
        let Some((channel, target)) = self.channels.get(place % self.channels.len().max(1)) else {
            return Failure::of_upstreams(&[], "any model", None).into_response();
        };
        let id = head.extensions.get::<RequestId>().cloned().unwrap_or_else(RequestId::generate);
        match self.upstreams.send(target, endpoint, body, false, id.as_str()).await {
            Ok(answer) => {
                let mut response = Response::new(Body::from_stream(answer.body));
                *response.status_mut() = answer.status;
                for name in [header::CONTENT_TYPE, header::CONTENT_LENGTH] {
                    if let Some(value) = answer.headers.get(&name) {
                        response.headers_mut().insert(name, value.clone());
                    }
                }
                response
            }
            Err(error) => {
                let refused = own_words(error.verdict(), error.error(), error.name());
                let attempted = Attempted { channel: channel.clone(), status: None, refused };
                Failure::of_upstreams(&[attempted], "any model", None).into_response()
            }
        }
    }
}
