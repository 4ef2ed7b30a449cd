//! The envelope of a data answer: cache and staleness headers, timing, content type.

use std::sync::Arc;

use axum::{
    body::Body,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::Response,
};
use warehouse::Generation;

use crate::{etag, query::Format, replica_age::Moment, timing::Timing};

const GENERATION: HeaderName = HeaderName::from_static("x-generation");
const GENERATION_AGE: HeaderName = HeaderName::from_static("x-generation-age-seconds");
const REPLICA_AGE: HeaderName = HeaderName::from_static("x-replica-age-seconds");
const REPLICA_VERIFIED_AT: HeaderName = HeaderName::from_static("x-replica-verified-at");
const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");
/// A cache may keep an answer for its own user, but asks each time whether it still holds: that costs a 304.
const CACHE_CONTROL: HeaderValue = HeaderValue::from_static("private, no-cache");

/// One answer in the making, bound to the generation that the request holds from its start to its end.
pub(crate) struct DataAnswer {
    pub(crate) generation: Arc<Generation>,
    pub(crate) timing: Timing,
    etag: String,
    moment: Moment,
}

impl DataAnswer {
    /// Starts an answer in the representation `variant` (layer, basis, format).
    pub(crate) fn new(generation: Arc<Generation>, timing: Timing, variant: [&str; 3], moment: Moment) -> Self {
        let etag = etag::etag(&generation, variant);
        Self { generation, timing, etag, moment }
    }

    /// 304 if the caller has this representation already.
    pub(crate) fn not_modified(&self, request: &HeaderMap) -> Option<Response> {
        if !etag::is_current(request, &self.etag) {
            return None;
        }
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        self.add_headers(response.headers_mut());
        Some(response)
    }

    /// 200 with `body`.
    pub(crate) fn ok(self, format: Format, body: Vec<u8>) -> Response {
        let mut response = Response::new(Body::from(body));
        self.add_headers(response.headers_mut());
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(format.content_type()));
        response
    }

    fn add_headers(&self, headers: &mut HeaderMap) {
        let age_seconds = (self.moment.now - self.generation.published_at()).num_seconds().max(0);
        headers.reserve(8);
        if let Ok(etag) = HeaderValue::from_str(&self.etag) {
            headers.insert(header::ETAG, etag);
        }
        headers.insert(header::CACHE_CONTROL, CACHE_CONTROL);
        headers.insert(GENERATION, HeaderValue::from(self.generation.number()));
        headers.insert(GENERATION_AGE, HeaderValue::from(age_seconds));
        // Only a replica has an age; the primary's answers do not mention one.
        if let Some(age_seconds) = self.moment.replica_age_seconds {
            headers.insert(REPLICA_AGE, HeaderValue::from(age_seconds));
        }
        if let Some(verified_at) = &self.moment.replica_verified_at {
            headers.insert(REPLICA_VERIFIED_AT, verified_at.clone());
        }
        headers.insert(SERVER_TIMING, self.timing.header());
    }
}

/// `content-disposition` for an answer that is a file; the name is ours, plain ASCII.
pub(crate) fn attachment(file_name: &str) -> Option<HeaderValue> {
    HeaderValue::from_str(&format!("attachment; filename=\"{file_name}\"")).ok()
}
