//! The fields at the top of a body, and how their values are read.

use std::{borrow::Cow, ops::Range};

use super::{
    BadRequest,
    walk::{Event, Text},
};

/// What is read of, besides its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Model,
    Stream,
    StreamOptions,
    MaxTokens,
    MaxCompletionTokens,
    ThinkingBudget,
    EnableThinking,
    N,
    BestOf,
    Messages,
    Prompt,
    Input,
    Query,
    Documents,
    MaxChunks,
    /// What is written into the prompt as JSON: tools, functions, the form of the answer.
    Tools,
    /// A search whose results are written into the prompt.
    Search,
    Other,
}

impl Field {
    pub(super) fn of(name: &str) -> Self {
        match name {
            "model" => Self::Model,
            "stream" => Self::Stream,
            "stream_options" => Self::StreamOptions,
            "max_tokens" => Self::MaxTokens,
            "max_completion_tokens" => Self::MaxCompletionTokens,
            "thinking_budget" => Self::ThinkingBudget,
            "enable_thinking" => Self::EnableThinking,
            "n" => Self::N,
            "best_of" => Self::BestOf,
            "messages" => Self::Messages,
            "prompt" => Self::Prompt,
            "input" => Self::Input,
            "query" => Self::Query,
            "documents" => Self::Documents,
            "max_chunks_per_doc" => Self::MaxChunks,
            "tools" | "functions" | "response_format" => Self::Tools,
            "enable_search" | "search_options" | "web_search_options" => Self::Search,
            _ => Self::Other,
        }
    }

    /// The field that an unknown name is to readers that ignore case, as Go's JSON does: at a New-API upstream `Model`
    /// and `MAX_TOKENS` would override what was read here, and what was priced and allowed by it.
    pub(super) fn in_any_case(name: &str) -> Option<String> {
        if !name.bytes().any(|byte| byte.is_ascii_uppercase() || !byte.is_ascii()) {
            return None;
        }
        // By way of the capitals: that also folds the long s and the sign for Kelvin, as Go does.
        let folded = name.to_uppercase().to_lowercase();
        (Self::of(&folded) != Self::Other).then_some(folded)
    }
}

/// A field that may be given or null.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Given<T> {
    #[default]
    Absent,
    /// `null`, and where it is written.
    Null(Range<usize>),
    Some(T),
}

impl<T: Copy> Given<T> {
    pub(super) fn value(&self) -> Option<T> {
        match self {
            Self::Some(value) => Some(*value),
            Self::Absent | Self::Null(_) => None,
        }
    }
}

/// The texts' own form: what the escapes stand for. A half of a surrogate pair stands for nothing that can be a name.
pub(super) fn unescape<'a>(text: Text<'a>) -> Cow<'a, str> {
    if !text.is_escaped {
        return Cow::Borrowed(text.raw);
    }
    serde_json::from_str(&format!("\"{}\"", text.raw)).map_or(Cow::Borrowed(text.raw), Cow::Owned)
}

pub(super) fn model(event: Event<'_>) -> Result<String, BadRequest> {
    const ALLOWED: &str = "the name of a model, 1 to 256 bytes long, without control characters";
    let wrong = |problem: &str| BadRequest::new("model", problem, ALLOWED);
    let Event::String(text) = event else { return Err(wrong(what(event))) };
    let name = unescape(text);
    match name.len() {
        0 => Err(wrong("is empty")),
        1..=256 if !name.chars().any(char::is_control) => Ok(name.into_owned()),
        1..=256 => Err(wrong("has control characters")),
        _ => Err(wrong("is too long")),
    }
}

/// `true` or `false`; null is as if it were not there.
pub(super) fn flag(field: &str, event: Event<'_>) -> Result<bool, BadRequest> {
    match event {
        Event::True => Ok(true),
        Event::False | Event::Null => Ok(false),
        other => Err(BadRequest::new(field, what(other), "true, false or null")),
    }
}

/// A whole number up to `most`, which `allowed` says in words.
pub(super) fn count(
    field: &str,
    event: Event<'_>,
    place: Range<usize>,
    least: u64,
    most: u64,
    allowed: &'static str,
) -> Result<Given<u64>, BadRequest> {
    let text = match event {
        Event::Null => return Ok(Given::Null(place)),
        Event::Number(text) => text,
        other => return Err(BadRequest::new(field, what(other), allowed)),
    };
    let number = text.parse().ok().or_else(|| whole(text.parse().ok()?));
    match number.filter(|number| (least..=most).contains(number)) {
        Some(number) => Ok(Given::Some(number)),
        None => {
            let shown: String = text.chars().take(40).collect();
            Err(BadRequest::new(field, format!("is {shown}"), allowed))
        }
    }
}

/// `4096.0`, as some languages write it.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole, and between zero and 2^53")]
fn whole(number: f64) -> Option<u64> {
    const EXACT_MAX: f64 = 9_007_199_254_740_992.0;
    (number.fract() == 0.0 && (0.0..=EXACT_MAX).contains(&number)).then_some(number as u64)
}

/// What stands there instead.
pub(super) fn what(event: Event<'_>) -> &'static str {
    match event {
        Event::ObjectStart => "is an object",
        Event::ArrayStart => "is a list",
        Event::Key(_) | Event::String(_) => "is a text",
        Event::Number(_) => "is a number",
        Event::True | Event::False => "is a truth value",
        Event::Null | Event::End => "is null",
    }
}
