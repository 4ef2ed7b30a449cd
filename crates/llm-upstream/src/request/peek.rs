//! What routing needs of a body.

use std::{borrow::Cow, ops::Range};

use bytes::Bytes;

use super::{
    BadRequest,
    fields::{Field, Given, count, flag, model, unescape, what},
    measure::Measure,
    walk::{Event, walk},
};
use crate::Endpoint;

/// More fields than any API has.
const FIELDS_MAX: usize = 1_000;

/// What was read of a body, with the places of what may be replaced.
#[derive(Clone, Debug)]
pub struct Peek {
    /// The endpoint that it was read for.
    pub endpoint: Endpoint,
    /// The model's name as the caller wrote it.
    pub model: String,
    /// Whether the answer is to be streamed.
    pub stream: bool,
    /// The bound of the answer's length, `max_tokens` or `max_completion_tokens` (the larger of both), per choice.
    pub max_tokens: Option<u64>,
    /// `thinking_budget` of DashScope and SiliconFlow: tokens of thinking that come on top of `max_tokens`.
    pub thinking_budget: Option<u64>,
    /// `enable_thinking` of the same, where it is given.
    pub enable_thinking: Option<bool>,
    /// How many answers are written: `n` or `best_of`, times the number of prompts. At least 1.
    pub n: u64,
    /// Whether the caller asked for the usage in the stream.
    pub wants_usage: bool,
    /// No tokenizer that works on bytes makes more tokens of it. Attachments are in it, with an allowance each.
    pub input_tokens_bound: u64,
    /// About as many as a tokenizer makes of it. Attachments are in it.
    pub estimated_tokens: u64,
    /// Images, recordings, films and files in it.
    pub attachments: u64,
    pub(super) places: Places,
}

/// Where things stand in the body.
#[derive(Clone, Debug, Default)]
pub(super) struct Places {
    /// The body that they are places of.
    pub(super) length: usize,
    /// Behind its opening brace.
    pub(super) start: usize,
    pub(super) model: Range<usize>,
    /// `max_tokens` has a value; otherwise the bound is `max_completion_tokens`, which not every provider knows.
    pub(super) has_max_tokens: bool,
    /// `null` as a value.
    pub(super) null_max_tokens: Option<Range<usize>>,
    pub(super) null_max_completion_tokens: Option<Range<usize>>,
    pub(super) stream_options: StreamOptions,
}

#[derive(Clone, Debug, Default)]
pub(super) enum StreamOptions {
    #[default]
    Absent,
    Null(Range<usize>),
    Object {
        /// Behind its opening brace.
        start: usize,
        is_empty: bool,
        /// The value of `include_usage`, and whether it is true.
        include_usage: Option<(Range<usize>, bool)>,
    },
}

impl Peek {
    /// Reads a body in one pass. What is wrong is named; what is unknown is left to the upstream.
    pub fn read(endpoint: Endpoint, body: &Bytes) -> Result<Self, BadRequest> {
        let text = std::str::from_utf8(body)
            .map_err(|error| BadRequest::body(format!("not UTF-8 at byte {}", error.valid_up_to())))?;
        let mut reader = Reader::new(body.len());
        walk(text, |event, place| reader.see(event, place))?;
        reader.finish(endpoint)
    }
}

struct Reader<'a> {
    depth: u32,
    field: Field,
    /// The names of the fields so far.
    names: Vec<Cow<'a, str>>,
    /// The last key within `stream_options` was `include_usage`.
    is_include_usage: bool,
    measure: Measure,
    model: Option<String>,
    stream: bool,
    max_tokens: Given<u64>,
    max_completion_tokens: Given<u64>,
    thinking_budget: Given<u64>,
    enable_thinking: Option<bool>,
    n: Given<u64>,
    best_of: Given<u64>,
    max_chunks: Given<u64>,
    places: Places,
}

impl<'a> Reader<'a> {
    fn new(length: usize) -> Self {
        Self {
            depth: 0,
            field: Field::Other,
            names: Vec::new(),
            is_include_usage: false,
            measure: Measure::default(),
            model: None,
            stream: false,
            max_tokens: Given::Absent,
            max_completion_tokens: Given::Absent,
            thinking_budget: Given::Absent,
            enable_thinking: None,
            n: Given::Absent,
            best_of: Given::Absent,
            max_chunks: Given::Absent,
            places: Places { length, ..Places::default() },
        }
    }

    fn see(&mut self, event: Event<'a>, place: Range<usize>) -> Result<(), BadRequest> {
        let depth = self.depth;
        self.measure.see(event, self.field, depth);
        match event {
            Event::ObjectStart | Event::ArrayStart => self.depth += 1,
            Event::End => self.depth -= 1,
            _ => {}
        }
        match (depth, event) {
            (0, Event::ObjectStart) => self.places.start = place.end,
            (0, other) => return Err(BadRequest::body(what(other))),
            (1, Event::Key(text)) => {
                let name = unescape(text);
                self.field = Field::of(&name);
                if self.field == Field::Other
                    && let Some(meant) = Field::in_any_case(&name)
                {
                    let problem = format!("is written {name:?}, which some upstreams take for it");
                    return Err(BadRequest::new(&meant, problem, "the field's name in small letters"));
                }
                self.names.push(name);
                if self.names.len() > FIELDS_MAX {
                    return Err(BadRequest::body(format!("has more than {FIELDS_MAX} fields")));
                }
            }
            (1, Event::End) => {}
            (1, value) => self.value(value, place)?,
            (2, event) if self.field == Field::StreamOptions => self.option(event, place)?,
            _ => {}
        }
        Ok(())
    }

    /// The value of a field, or its beginning.
    fn value(&mut self, value: Event<'a>, place: Range<usize>) -> Result<(), BadRequest> {
        const TOKENS: &str = "a whole number from 0 to 10000000, or null";
        const TOKENS_MAX: u64 = 10_000_000;
        const CHOICES: &str = "a whole number from 1 to 128, or null";
        match self.field {
            Field::Model => {
                self.model = Some(model(value)?);
                self.places.model = place;
            }
            Field::Stream => self.stream = flag("stream", value)?,
            Field::StreamOptions => {
                self.places.stream_options = match value {
                    Event::Null => StreamOptions::Null(place),
                    Event::ObjectStart => {
                        StreamOptions::Object { start: place.end, is_empty: true, include_usage: None }
                    }
                    other => return Err(BadRequest::new("stream_options", what(other), "an object or null")),
                };
            }
            Field::MaxTokens => self.max_tokens = count("max_tokens", value, place, 0, TOKENS_MAX, TOKENS)?,
            Field::MaxCompletionTokens => {
                self.max_completion_tokens = count("max_completion_tokens", value, place, 0, TOKENS_MAX, TOKENS)?;
            }
            Field::ThinkingBudget => {
                self.thinking_budget = count("thinking_budget", value, place, 0, TOKENS_MAX, TOKENS)?;
            }
            Field::EnableThinking => {
                self.enable_thinking = match value {
                    Event::True => Some(true),
                    Event::False => Some(false),
                    // Whatever else it is, the upstream judges it.
                    _ => None,
                };
            }
            Field::N => self.n = count("n", value, place, 1, 128, CHOICES)?,
            Field::BestOf => self.best_of = count("best_of", value, place, 1, 128, CHOICES)?,
            Field::MaxChunks => {
                let allowed = "a whole number from 1 to 100000, or null";
                self.max_chunks = count("max_chunks_per_doc", value, place, 1, 100_000, allowed)?;
            }
            _ => {}
        }
        Ok(())
    }

    /// What stands within `stream_options`.
    fn option(&mut self, event: Event<'a>, place: Range<usize>) -> Result<(), BadRequest> {
        const FIELD: &str = "stream_options.include_usage";
        let StreamOptions::Object { is_empty, include_usage, .. } = &mut self.places.stream_options else {
            return Ok(());
        };
        match event {
            Event::Key(text) => {
                *is_empty = false;
                self.is_include_usage = unescape(text) == "include_usage";
                if self.is_include_usage && include_usage.is_some() {
                    return Err(BadRequest::new(FIELD, "is given twice", "each field once"));
                }
            }
            Event::End => {}
            value if self.is_include_usage => *include_usage = Some((place, flag(FIELD, value)?)),
            _ => {}
        }
        Ok(())
    }

    fn finish(mut self, endpoint: Endpoint) -> Result<Peek, BadRequest> {
        self.names.sort_unstable();
        if let Some(pair) = self.names.windows(2).find(|pair| pair[0] == pair[1]) {
            let name: String = pair[0].chars().take(64).collect();
            return Err(BadRequest::new(&name, "is given twice", "each field once"));
        }
        let missing = || BadRequest::new("model", "is missing", "the name of a model");
        let null = |given: Given<u64>| if let Given::Null(place) = given { Some(place) } else { None };
        let tokens = self.max_tokens.value().max(self.max_completion_tokens.value());
        self.places.has_max_tokens = self.max_tokens.value().is_some();
        self.places.null_max_tokens = null(self.max_tokens);
        self.places.null_max_completion_tokens = null(self.max_completion_tokens);
        let generates = endpoint.generates();
        let choices = self.n.value().max(self.best_of.value()).filter(|_| generates).unwrap_or(1);
        let prompts = if endpoint == Endpoint::Completions { self.measure.prompts() } else { 1 };
        let include_usage = match &self.places.stream_options {
            StreamOptions::Object { include_usage: Some((_, wants)), .. } => *wants,
            _ => false,
        };
        Ok(Peek {
            endpoint,
            model: self.model.ok_or_else(missing)?,
            stream: self.stream,
            max_tokens: tokens,
            thinking_budget: self.thinking_budget.value(),
            enable_thinking: self.enable_thinking,
            n: choices.saturating_mul(prompts),
            wants_usage: include_usage,
            input_tokens_bound: self.measure.bound(self.max_chunks.value()),
            estimated_tokens: self.measure.estimate(),
            attachments: self.measure.attachments.count,
            places: self.places,
        })
    }
}
