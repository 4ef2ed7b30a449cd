//! Changes, spliced in.

use std::{borrow::Cow, ops::Range};

use bytes::Bytes;

use super::{Peek, peek::StreamOptions};
use crate::Dialect;

/// What is to be different upstream.
#[derive(Clone, Copy, Debug)]
pub struct Rewrite<'a> {
    /// The upstream's name of the model, where it is another one.
    pub model: Option<&'a str>,
    /// The bound to send where the caller gave none. Never replaces a caller's own; that is sent as `max_tokens` too
    /// where the provider does not know the name that the caller gave it.
    pub max_tokens: Option<u64>,
    /// Whether a stream is to end with its usage.
    pub include_usage: bool,
    /// The dialect that the body goes to: names the field that bounds the answer.
    pub dialect: Dialect,
}

/// A piece of the body, and what stands there instead.
type Edit<'a> = (Range<usize>, Cow<'a, str>);

/// The body with the intended fields changed and every other byte as it was. Without a change it is the same buffer.
/// `peek` is what was read of this very body; with another it is given back unchanged.
pub fn rewrite(body: &Bytes, peek: &Peek, rewrite: Rewrite<'_>) -> Bytes {
    debug_assert_eq!(body.len(), peek.places.length, "the body that was read");
    let mut edits: Vec<Edit<'_>> = Vec::with_capacity(3);
    if let Some(model) = rewrite.model.filter(|model| *model != peek.model) {
        // A text always serializes.
        let text = serde_json::to_string(model).unwrap_or_default();
        edits.push((peek.places.model.clone(), text.into()));
    }
    edits.extend(max_tokens(peek, rewrite));
    if rewrite.include_usage && peek.stream && peek.endpoint.generates() {
        edits.extend(include_usage(peek));
    }
    if edits.is_empty() || body.len() != peek.places.length {
        return body.clone();
    }
    edits.sort_by_key(|(place, _)| place.start);
    let added: usize = edits.iter().map(|(_, text)| text.len()).sum();
    let mut changed = Vec::with_capacity(body.len() + added);
    let mut at = 0;
    for (place, text) in &edits {
        changed.extend_from_slice(&body[at..place.start]);
        changed.extend_from_slice(text.as_bytes());
        at = place.end;
    }
    changed.extend_from_slice(&body[at..]);
    Bytes::from(changed)
}

fn max_tokens<'a>(peek: &Peek, rewrite: Rewrite<'_>) -> Option<Edit<'a>> {
    let field = rewrite.dialect.max_tokens_field(peek.endpoint, rewrite.model.unwrap_or(&peek.model));
    let places = &peek.places;
    let unheard = !places.has_max_tokens && !rewrite.dialect.knows_max_completion_tokens();
    let tokens = match peek.max_tokens {
        _ if !peek.endpoint.generates() => return None,
        None => rewrite.max_tokens?,
        // The caller's own bound, by the one name for it that the provider knows: otherwise nothing bounds the answer.
        Some(tokens) if unheard => tokens,
        Some(_) => return None,
    };
    let null = if field == "max_tokens" { &places.null_max_tokens } else { &places.null_max_completion_tokens };
    Some(match null {
        Some(place) => (place.clone(), tokens.to_string().into()),
        // First in the object. There is more behind it: a body without a model was refused.
        None => (places.start..places.start, format!("\"{field}\":{tokens},").into()),
    })
}

fn include_usage<'a>(peek: &Peek) -> Option<Edit<'a>> {
    let places = &peek.places;
    Some(match &places.stream_options {
        StreamOptions::Absent => {
            (places.start..places.start, Cow::Borrowed("\"stream_options\":{\"include_usage\":true},"))
        }
        StreamOptions::Null(place) => (place.clone(), Cow::Borrowed("{\"include_usage\":true}")),
        StreamOptions::Object { include_usage: Some((_, true)), .. } => return None,
        StreamOptions::Object { include_usage: Some((place, false)), .. } => (place.clone(), Cow::Borrowed("true")),
        StreamOptions::Object { start, is_empty, include_usage: None } => {
            let text = if *is_empty { "\"include_usage\":true" } else { "\"include_usage\":true," };
            (*start..*start, Cow::Borrowed(text))
        }
    })
}
