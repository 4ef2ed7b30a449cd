//! One request, from its parts to the head of its answer.

use std::sync::Arc;

use bytes::Bytes;
use http_body_util::Full;
use hyper::{
    HeaderMap, Method, Request, Response, Version,
    body::Incoming,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST, HeaderName, HeaderValue, USER_AGENT},
};

use super::{
    pool::{Leased, Pool, Pools},
    wire::{Failed, Outgoing},
};
use crate::{
    Answer, AnswerBody, Endpoint, SendError, Target,
    target::{Origin, Place},
};

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const EVENTS: HeaderValue = HeaderValue::from_static("text/event-stream");
const AGENT: HeaderValue = HeaderValue::from_static(concat!("twilight/", env!("CARGO_PKG_VERSION")));
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

pub(super) struct Call {
    target: Target,
    method: Method,
    place: Place,
    headers: HeaderMap,
    body: Bytes,
    /// Whether the head comes only when the whole text is written.
    head_is_last: bool,
}

impl Call {
    pub(super) fn post(
        target: &Target,
        endpoint: Endpoint,
        body: Bytes,
        accept_stream: bool,
        request_id: &str,
    ) -> Result<Self, SendError> {
        let place = target.place(endpoint).ok_or(SendError::NoEndpoint { endpoint })?;
        let mut call = Self::new(target, Method::POST, place, body, if accept_stream { EVENTS } else { JSON });
        call.headers.insert(CONTENT_TYPE, JSON);
        call.head_is_last = !accept_stream && matches!(endpoint, Endpoint::ChatCompletions | Endpoint::Completions);
        // An id that no header can carry is not sent.
        if let Ok(id) = HeaderValue::from_str(request_id) {
            call.headers.insert(REQUEST_ID, id);
        }
        Ok(call)
    }

    pub(super) fn get(target: &Target, place: &Place) -> Self {
        Self::new(target, Method::GET, place, Bytes::new(), JSON)
    }

    fn new(target: &Target, method: Method, place: &Place, body: Bytes, accept: HeaderValue) -> Self {
        let mut headers = HeaderMap::with_capacity(8);
        headers.insert(AUTHORIZATION, target.authorization().clone());
        headers.insert(ACCEPT, accept);
        headers.insert(USER_AGENT, AGENT);
        Self { target: target.clone(), method, place: place.clone(), headers, body, head_is_last: false }
    }

    /// Over a connection that stands, or a new one. A pooled connection that turns out to be dead before it is certain
    /// that the upstream saw anything costs one more try, on a new one; nothing else is tried twice here.
    pub(super) async fn send(self, pools: &Arc<Pools>) -> Result<Answer, SendError> {
        let origin = self.target.origin();
        let pool = pools.of(origin);
        if let Some(leased) = pool.lease() {
            match self.over(leased, &pool, pools).await {
                Err(Failed::Unsent(problem)) => {
                    tracing::debug!(upstream = %origin.name, problem, "a pooled connection was dead");
                }
                Err(Failed::Error(error)) => return Err(error),
                Ok(answer) => return Ok(answer),
            }
        }
        // Boxed: rare, and much larger than all the rest.
        let leased = Box::pin(pools.connect(origin, &pool)).await?;
        match self.over(leased, &pool, pools).await {
            Ok(answer) => Ok(answer),
            Err(Failed::Unsent(problem)) => Err(SendError::Cut { problem, sent: false }),
            Err(Failed::Error(error)) => Err(error),
        }
    }

    async fn over(&self, leased: Leased, pool: &Arc<Pool>, pools: &Pools) -> Result<Answer, Failed> {
        let options = &pools.options;
        let first_byte = if self.head_is_last { options.answer_timeout } else { options.first_byte_timeout };
        let idle = options.idle_timeout;
        match leased {
            Leased::Wire(mut wire) => {
                let response = wire.exchange(self.request(false), first_byte).await?;
                Ok(answer(response, |body| AnswerBody::over_wire(body, wire, pool.clone(), idle)))
            }
            Leased::Shared(claimed, mut timer) => {
                let response = claimed.exchange(self.request(true), first_byte, &mut timer).await?;
                Ok(answer(response, |body| AnswerBody::over_shared(body, claimed, timer, idle)))
            }
        }
    }

    fn request(&self, http2: bool) -> Outgoing {
        let mut request = Request::new(Full::new(self.body.clone()));
        *request.method_mut() = self.method.clone();
        *request.headers_mut() = self.headers.clone();
        if http2 {
            *request.version_mut() = Version::HTTP_2;
            *request.uri_mut() = self.place.whole.clone();
        } else {
            *request.uri_mut() = self.place.path.clone();
            let Origin { host, .. } = self.target.origin();
            request.headers_mut().insert(HOST, host.clone());
        }
        request
    }
}

fn answer(response: Response<Incoming>, body: impl FnOnce(Incoming) -> AnswerBody) -> Answer {
    let (head, incoming) = response.into_parts();
    Answer { status: head.status, headers: head.headers, body: body(incoming) }
}
