//! What a status other than 200 means.

use serde::Deserialize;

use super::transport::Response;
use crate::{SearchFailed, answer::plain};

/// `{"error": "…"}`
#[derive(Deserialize)]
struct Said {
    error: String,
}

pub(super) fn explain(response: &Response, q: &str) -> SearchFailed {
    let status = response.status;
    let upstream = |problem: &str| SearchFailed::Upstream { status, problem: problem.to_owned() };
    match status {
        400 => {
            let said = said(response, q);
            SearchFailed::BadRequest(said.unwrap_or_else(|| "HTTP status 400 without a reason".to_owned()))
        }
        300..=399 if q.split(' ').any(|word| word.starts_with("!!")) => {
            SearchFailed::BadRequest("a bang (!!) that leads to another site is not followed".to_owned())
        }
        300..=399 => upstream("a redirect"),
        403 => upstream("HTTP status 403: is json among search.formats of its settings?"),
        429 => SearchFailed::UpstreamLimited { retry_after: response.retry_after },
        _ => match said(response, q) {
            Some(said) => upstream(&format!("HTTP status {status}: {said}")),
            None => upstream(&format!("HTTP status {status}")),
        },
    }
}

/// SearXNG's own text: of its JSON, or the whole body where that is a plain text.
fn said(response: &Response, q: &str) -> Option<String> {
    let text = std::str::from_utf8(response.body.as_deref().ok()?).ok()?.trim();
    if let Ok(said) = serde_json::from_str::<Said>(text) {
        return plain(&said.error, q);
    }
    if text.starts_with(['<', '{', '[']) { None } else { plain(text, q) }
}
