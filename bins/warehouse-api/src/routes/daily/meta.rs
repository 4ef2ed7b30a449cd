//! What every answer over dates says beside its rows: generation, code, anchor, and why days are absent.
//!
//! JSON carries it in the document; the other formats have no room for it, so they carry it in headers.

use axum::http::{HeaderName, HeaderValue};
use warehouse::{Anchor, Generation, Missing};

use super::query::DailyQuery;
use crate::write::json::{JsonWriter, push_date, push_integer, push_number};

const ANCHOR: HeaderName = HeaderName::from_static("x-anchor");
const MISSING: HeaderName = HeaderName::from_static("x-missing");
const MISSING_RUNS: HeaderName = HeaderName::from_static("x-missing-runs");
/// Headers have no room for decades of gaps: `x-missing-runs` tells how many there are.
const MISSING_RUNS_LISTED: usize = 32;

/// Appends the anchor as an object, `null` for a code without bars.
pub(crate) fn push_anchor(out: &mut Vec<u8>, anchor: Option<&Anchor>) {
    let Some(anchor) = anchor else { return out.extend_from_slice(b"null") };
    out.extend_from_slice(b"{\"date\":\"");
    push_date(out, anchor.date);
    out.extend_from_slice(b"\",\"factor\":");
    push_number(out, anchor.factor);
    out.extend_from_slice(b",\"basis\":\"");
    out.extend_from_slice(anchor.basis.as_str().as_bytes());
    out.extend_from_slice(b"\"}");
}

/// The members that end an answer of the slower layers: `code`, `generation`, `missing`.
pub(super) fn push_tail(json: &mut JsonWriter, missing: &[Missing], generation: &Generation, query: &DailyQuery) {
    json.key("code").string(query.code.as_str());
    json.key("generation").integer(generation.number().cast_signed());
    json.key("missing").value(|out| push_missing(out, missing));
}

/// Appends the runs of absent days; `until` and `days` only where a run is longer than one.
pub(super) fn push_missing(out: &mut Vec<u8>, missing: &[Missing]) {
    out.push(b'[');
    for (index, run) in missing.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        out.extend_from_slice(b"{\"date\":\"");
        push_date(out, run.from);
        if run.days > 1 {
            out.extend_from_slice(b"\",\"until\":\"");
            push_date(out, run.to);
            out.extend_from_slice(b"\",\"days\":");
            push_integer(out, i64::from(run.days));
            out.extend_from_slice(b",\"reason\":\"");
        } else {
            out.extend_from_slice(b"\",\"reason\":\"");
        }
        out.extend_from_slice(run.reason.as_str().as_bytes());
        out.extend_from_slice(b"\"}");
    }
    out.push(b']');
}

/// The headers `x-anchor`, `x-missing` (the same JSON as in the document, the latest runs) and `x-missing-runs`.
pub(super) fn headers(anchor: Option<&Anchor>, missing: &[Missing]) -> Vec<(HeaderName, HeaderValue)> {
    let mut headers = Vec::with_capacity(3);
    let mut add = |name: HeaderName, text: Vec<u8>| {
        headers.extend(HeaderValue::from_bytes(&text).ok().map(|value| (name, value)));
    };
    if anchor.is_some() {
        let mut text = Vec::new();
        push_anchor(&mut text, anchor);
        add(ANCHOR, text);
    }
    let mut text = Vec::new();
    push_missing(&mut text, &missing[missing.len().saturating_sub(MISSING_RUNS_LISTED)..]);
    add(MISSING, text);
    add(MISSING_RUNS, missing.len().to_string().into_bytes());
    headers
}
