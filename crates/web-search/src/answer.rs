//! SearXNG's JSON, judged. Values stay the bytes that they are.

mod fields;

use bytes::Bytes;
use chrono::{DateTime, SecondsFormat, Utc};
use fields::Fields;
use serde::{Deserialize, de::IgnoredAny};
use serde_json::value::RawValue;

use crate::Engines;

/// Written by this front, so never taken over from SearXNG.
const OURS: [&str; 3] = ["query", "stale", "as_of"];
/// A reason is a few words; what is longer is cut.
const REASON_BYTES: usize = 120;
/// More engines than SearXNG has enabled.
const ENGINES_MAX: usize = 64;

/// A query that is shorter may stand in any text by chance.
const TELLING_BYTES: usize = 4;
/// What SearXNG says of engines that failed.
const REASONS: [&str; 13] = [
    "timeout",
    "CAPTCHA",
    "too many requests",
    "access denied",
    "server API error",
    "parsing error",
    "unexpected crash",
    "HTTP error",
    "HTTP connection error",
    "HTTP protocol error",
    "network error",
    "proxy error",
    "SSL error: certificate validation has failed",
];

/// An answer of SearXNG, without the query.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    /// The members of the object with their commas, without its braces and without [`OURS`].
    pub(crate) fields: Bytes,
    pub(crate) engines: Engines,
    /// Whether there is nothing in it: no result, no answer, no infobox.
    pub(crate) is_empty: bool,
}

/// What of a result is looked at.
#[derive(Deserialize)]
struct ResultHead {
    #[serde(default)]
    engine: Option<String>,
    #[serde(default)]
    engines: Option<Vec<String>>,
}

impl Answer {
    /// Reads the body of an answer with status 200. An error says what is wrong with it, in words that hold nothing of it.
    pub(crate) fn read(body: &[u8], q: &str) -> Result<Self, &'static str> {
        let text = std::str::from_utf8(body).map_err(|_| "the body is not UTF-8")?;
        if text.trim_start().starts_with('<') {
            return Err("a page of HTML in place of JSON");
        }
        let Fields(fields) = serde_json::from_str(text).map_err(|error| match error.classify() {
            serde_json::error::Category::Eof => "the JSON breaks off",
            serde_json::error::Category::Data => "the JSON is no object",
            _ => "the body is not JSON",
        })?;
        // As every reader of JSON does it: the last one of a name counts.
        let field = |name: &str| fields.iter().rev().find(|(known, _)| known == name).map(|(_, value)| *value);
        let results = field("results").ok_or("the JSON has no results")?;
        let results: Vec<ResultHead> = read(results).ok_or("results is no list of results")?;
        let failed = match field("unresponsive_engines") {
            Some(list) => unresponsive(list, q).ok_or("unresponsive_engines is no list")?,
            None => Vec::new(),
        };
        let has = |name| field(name).and_then(read::<Vec<IgnoredAny>>).is_some_and(|list| !list.is_empty());
        Ok(Self {
            is_empty: results.is_empty() && !has("answers") && !has("infoboxes"),
            engines: Engines { answered: answered(results), failed },
            fields: joined(&fields),
        })
    }

    /// Whether more can be had when the engines that failed are well again.
    pub(crate) fn is_incomplete(&self) -> bool {
        self.is_empty || !self.engines.failed.is_empty()
    }
}

/// The JSON for a caller who asked in these words.
pub(crate) fn body(text: &str, fields: &[u8], stale_as_of: Option<DateTime<Utc>>) -> Bytes {
    let mut body = Vec::with_capacity(fields.len() + text.len() + 96);
    body.extend_from_slice(b"{\"query\":");
    // A text, written to memory.
    serde_json::to_writer(&mut body, text).unwrap_or_default();
    if let Some(as_of) = stale_as_of {
        let as_of = as_of.to_rfc3339_opts(SecondsFormat::Secs, true);
        body.extend_from_slice(format!(",\"stale\":true,\"as_of\":\"{as_of}\"").as_bytes());
    }
    if !fields.is_empty() {
        body.push(b',');
        body.extend_from_slice(fields);
    }
    body.push(b'}');
    body.into()
}

fn read<'a, T: Deserialize<'a>>(value: &'a RawValue) -> Option<T> {
    serde_json::from_str(value.get()).ok()
}

/// `[[engine, reason], …]`; what has another shape is a reason without words.
fn unresponsive(list: &RawValue, q: &str) -> Option<Vec<(String, String)>> {
    let list: Vec<Vec<serde_json::Value>> = read(list)?;
    let text = |value: Option<&serde_json::Value>| plain(value.and_then(serde_json::Value::as_str)?, q);
    let entry = |entry: &Vec<serde_json::Value>| {
        let reason = text(entry.get(1)).unwrap_or_else(|| "no reason".to_owned());
        Some((text(entry.first())?, reason))
    };
    Some(list.iter().filter_map(entry).take(ENGINES_MAX).collect())
}

/// A text of SearXNG that may go into errors and logs: one short line, and none that repeats what was searched for. Its own
/// words stay, and what is too short to tell anything.
pub(crate) fn plain(text: &str, q: &str) -> Option<String> {
    let one_line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let is_known = REASONS.contains(&one_line.trim_start_matches("Suspended: "));
    let text = if is_known || q.len() < TELLING_BYTES { one_line } else { one_line.replace(q, "…") };
    let text = &text[..text.floor_char_boundary(REASON_BYTES)];
    (!text.is_empty()).then(|| text.to_owned())
}

fn answered(results: Vec<ResultHead>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for ResultHead { engine, engines } in results {
        for name in engine.into_iter().chain(engines.into_iter().flatten()) {
            if names.len() < ENGINES_MAX && !names.contains(&name) {
                names.push(name);
            }
        }
    }
    names.sort_unstable();
    names
}

fn joined(fields: &[(std::borrow::Cow<'_, str>, &RawValue)]) -> Bytes {
    let mut joined = Vec::new();
    for (name, value) in fields.iter().filter(|(name, _)| !OURS.contains(&name.as_ref())) {
        if !joined.is_empty() {
            joined.push(b',');
        }
        // A text, written to memory.
        serde_json::to_writer(&mut joined, name).unwrap_or_default();
        joined.push(b':');
        joined.extend_from_slice(value.get().as_bytes());
    }
    joined.into()
}

#[cfg(test)]
mod tests;
