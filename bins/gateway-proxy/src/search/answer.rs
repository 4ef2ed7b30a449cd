//! An answer as the caller gets it, and its line in the log.

use std::time::Duration;

use axum::{
    http::{HeaderName, HeaderValue, header},
    response::{IntoResponse as _, Response},
};
use daemon_kit::request_id::RequestId;
use web_search::{Found, Remaining, SearchFailed};

use super::failure::{LIMIT, REMAINING};

/// `fresh`, `hit`, `coalesced` or `stale`.
const CACHE: HeaderName = HeaderName::from_static("x-twilight-cache");

/// SearXNG's JSON with what the front knows in headers. Nobody on the way may keep it: it says what was asked.
pub(super) fn response(found: Found, remaining: Remaining) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (CACHE, HeaderValue::from_static(found.origin.name())),
        (LIMIT, HeaderValue::from(remaining.limit)),
        (REMAINING, HeaderValue::from(remaining.left)),
    ];
    (headers, found.body).into_response()
}

/// One line per search: where its answer came from, by whom, for what kind of caller. Never what was asked.
pub(super) fn log(outcome: &Result<Found, SearchFailed>, id: &RequestId, known_by: &'static str, took: Duration) {
    let latency_ms = took.as_secs_f64() * 1e3;
    match outcome {
        Ok(found) => {
            let (origin, engines) = (found.origin.name(), &found.engines);
            let (answered, failed) = (engines.answered.join(","), names(&engines.failed));
            tracing::info!(
                request_id = %id,
                search.origin = origin,
                search.caller = known_by,
                search.engines = answered,
                search.engines_failed = failed,
                search.latency_ms = latency_ms,
                "search answered in {latency_ms:.3} ms: {origin}"
            );
        }
        Err(failure) => {
            let name = failure.name();
            // SearXNG's own text about a parameter may repeat what was asked.
            let reason = if failure.is_transient() { failure.to_string() } else { "a parameter".to_owned() };
            tracing::warn!(
                request_id = %id,
                search.failure = name,
                search.caller = known_by,
                search.latency_ms = latency_ms,
                "search failed after {latency_ms:.3} ms: {reason}"
            );
        }
    }
}

fn names(failed: &[(String, String)]) -> String {
    let one = |(engine, reason): &(String, String)| format!("{engine} ({reason})");
    failed.iter().map(one).collect::<Vec<_>>().join(",")
}
