//! How many tokens a body's prompt has: at most, and about.
//!
//! The bound holds for every tokenizer that works on bytes: each token covers a byte at least, so that there are never
//! more than the bytes of everything in the body that can reach the prompt, plus what the provider's template writes
//! around it. Escapes count as what they stand for. What cannot be seen, an image's size, has an allowance.

use super::{
    attachments::Attachments,
    fields::Field,
    walk::{Event, Text},
};
use crate::{skim::add_escaped, tokens::TextSize};

/// What templates write around a message: marks of the role, of its begin and end.
const MESSAGE_BOUND: u64 = 16;
const MESSAGE_ESTIMATE: u64 = 4;
/// A system prompt that a template writes by itself where there is none.
const PROMPT_BOUND: u64 = 64;
/// How a template explains tools to the model.
const TOOLS_BOUND: u64 = 512;
const TOOLS_ESTIMATE: u64 = 150;
/// What a search adds to the prompt.
const SEARCH_BOUND: u64 = 16_384;
const SEARCH_ESTIMATE: u64 = 3_000;
/// Marks between a query and a document.
const PAIR_BOUND: u64 = 8;

#[derive(Debug, Default)]
pub(super) struct Measure {
    pub(super) attachments: Attachments,
    /// Of everything that can reach the prompt.
    bytes: u64,
    /// The texts that mostly do.
    text: TextSize,
    query: TextSize,
    token_ids: u64,
    messages: u64,
    documents: u64,
    prompts: u64,
    has_tools: bool,
    has_search: bool,
    /// The key that was met last is `arguments`.
    is_arguments: bool,
}

impl Measure {
    /// Takes what the walk met in `field`, `depth` containers deep.
    pub(super) fn see(&mut self, event: Event<'_>, field: Field, depth: u32) {
        let is_payload = self.attachments.see(event, field, depth);
        // A comma; where JSON is written anew for the prompt, a space after it and one after a colon.
        self.bytes += if field == Field::Tools { 2 } else { 1 };
        match event {
            Event::Key(text) => {
                self.bytes += text.raw.len() as u64 + 3;
                self.is_arguments = text.raw == "arguments";
                return;
            }
            Event::String(text) if !is_payload => self.string(text, field),
            Event::Number(text) => {
                self.bytes += text.len() as u64;
                self.token_ids += u64::from(matches!(field, Field::Prompt | Field::Input));
            }
            Event::True | Event::False | Event::Null => self.bytes += 5,
            Event::String(_) | Event::ObjectStart | Event::ArrayStart | Event::End => {}
        }
        self.is_arguments = false;
        self.items(event, field, depth);
    }

    fn string(&mut self, text: Text<'_>, field: Field) {
        let mut size = TextSize::default();
        if text.is_escaped {
            add_escaped(&mut size, text.raw.as_bytes());
        } else {
            size.add(text.raw.as_bytes());
        }
        self.bytes += 2 + match field {
            // Written into the prompt as JSON once more, by some with every character beyond ASCII as `\uXXXX` (two of
            // them for the rarest).
            Field::Tools => text.raw.len() as u64 + 10 * size.wide_chars(),
            // JSON within JSON, which some parse and write with spaces.
            _ if self.is_arguments => 2 * size.bytes(),
            _ => size.bytes(),
        };
        match field {
            Field::Messages | Field::Prompt | Field::Input | Field::Documents | Field::Tools => self.text += size,
            Field::Query => self.query += size,
            _ => {}
        }
    }

    /// Counts what stands side by side.
    fn items(&mut self, event: Event<'_>, field: Field, depth: u32) {
        let starts = matches!(event, Event::ObjectStart | Event::ArrayStart);
        let is_item = depth == 2 && (starts || matches!(event, Event::String(_)));
        match field {
            Field::Messages => self.messages += u64::from(is_item),
            Field::Documents => self.documents += u64::from(is_item),
            Field::Prompt => self.prompts += u64::from(is_item),
            Field::Tools => self.has_tools |= starts,
            Field::Search => self.has_search |= starts || matches!(event, Event::True),
            _ => {}
        }
    }

    /// How many prompts there are; each is answered for itself.
    pub(super) fn prompts(&self) -> u64 {
        self.prompts.max(1)
    }

    /// No provider's tokenizer makes more tokens of it. `chunks` is into how many a rerank may cut a document.
    pub(super) fn bound(&self, chunks: Option<u64>) -> u64 {
        // Each document, or each piece of one, is read together with the query; pieces overlap.
        let pairs = self.documents.saturating_mul(chunks.unwrap_or(1));
        let again = if chunks.is_some() { self.bytes } else { 0 };
        [
            self.bytes,
            again,
            PROMPT_BOUND,
            MESSAGE_BOUND.saturating_mul(self.messages),
            pairs.saturating_mul(self.query.bytes().saturating_add(PAIR_BOUND)),
            if self.has_tools { TOOLS_BOUND } else { 0 },
            if self.has_search { SEARCH_BOUND } else { 0 },
            self.attachments.bound,
        ]
        .into_iter()
        .fold(0, u64::saturating_add)
    }

    /// About as many tokens as it is.
    pub(super) fn estimate(&self) -> u64 {
        [
            self.text.tokens(),
            self.query.tokens().saturating_mul(self.documents.max(1)),
            self.token_ids,
            MESSAGE_ESTIMATE.saturating_mul(self.messages),
            if self.has_tools { TOOLS_ESTIMATE } else { 0 },
            if self.has_search { SEARCH_ESTIMATE } else { 0 },
            self.attachments.estimate,
        ]
        .into_iter()
        .fold(0, u64::saturating_add)
        .max(1)
    }
}
