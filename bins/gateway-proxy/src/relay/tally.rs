//! What was seen of an answer, whoever reads it: the caller's connection, or a drain after the caller has gone.

use bytes::Bytes;
use llm_upstream::{
    Endpoint,
    sse::{Frame, FrameSplitter, FrameTooLong},
    usage::{FrameKind, StreamUsage, TailUsage, of_body},
};
use route_policy::Usage;

use super::{Due, prepare::Bounds};

/// What was seen of an answer.
#[derive(Debug)]
pub(super) enum Tally {
    /// It was not even sent.
    Unsent,
    /// Nothing.
    Unread,
    /// A refusal, which costs nothing.
    Refusal,
    /// Pieces of a document that is held until it is whole.
    Held(Vec<Bytes>),
    /// Some of a document that is passed on as it comes.
    Document(DocumentTally),
    /// Some of a stream of events.
    Stream(StreamTally),
}

/// A body that is read past, not held.
#[derive(Debug, Default)]
pub(super) struct DocumentTally {
    tail: TailUsage,
    length: u64,
    ended: bool,
}

/// A stream of events.
#[derive(Debug)]
pub(super) struct StreamTally {
    splitter: FrameSplitter,
    usage: StreamUsage,
    /// The upstream said `[DONE]`.
    pub(super) done: bool,
    /// It told the usage of the whole answer.
    counted: bool,
    /// So many answers were finished, of so many.
    finished: u64,
    answers: u64,
}

/// An event, and what it is.
#[derive(Debug)]
pub(super) struct Seen {
    /// As it came.
    pub(super) frame: Frame,
    /// What it is.
    pub(super) kind: FrameKind,
}

impl Tally {
    /// What is due for an answer that breaks off here.
    pub(super) fn lost(&self, bounds: &Bounds) -> Due {
        match self {
            Self::Unsent => Due::NeverSent,
            Self::Refusal => Due::Nothing,
            Self::Unread | Self::Held(_) => Due::Bound,
            Self::Document(document) => document.due(bounds),
            Self::Stream(stream) => stream.due(bounds),
        }
    }

    /// Reads past a piece of the answer.
    pub(super) fn pass(&mut self, chunk: Bytes) -> Result<(), FrameTooLong> {
        match self {
            Self::Unsent | Self::Unread | Self::Refusal => {}
            Self::Held(pieces) => pieces.push(chunk),
            Self::Document(document) => document.see(&chunk),
            Self::Stream(stream) => {
                stream.push(chunk)?;
                while stream.next_event().is_some() {}
            }
        }
        Ok(())
    }

    /// The answer has come to its end.
    pub(super) fn end(&mut self) {
        match self {
            Self::Unsent | Self::Unread | Self::Refusal | Self::Held(_) => {}
            Self::Document(document) => document.ended = true,
            Self::Stream(stream) => while stream.last_event().is_some() {},
        }
    }

    /// Nobody waits for the document any more: it need not be held.
    pub(super) fn let_go(&mut self) {
        if let Self::Held(pieces) = self {
            *self = Self::Document(DocumentTally::of(pieces));
        }
    }

    /// Tokens of the answer so far, about.
    pub(super) fn output_so_far(&self) -> u64 {
        match self {
            Self::Unsent | Self::Unread | Self::Refusal | Self::Held(_) | Self::Document(_) => 0,
            Self::Stream(stream) => stream.usage.relayed_tokens(),
        }
    }
}

impl DocumentTally {
    /// What these pieces tell.
    pub(super) fn of(pieces: &[Bytes]) -> Self {
        let mut tally = Self::default();
        pieces.iter().for_each(|piece| tally.see(piece));
        tally
    }

    /// Reads past a piece.
    fn see(&mut self, chunk: &[u8]) {
        self.length += chunk.len() as u64;
        self.tail.push(chunk);
    }

    fn due(&self, bounds: &Bounds) -> Due {
        match self.tail.usage() {
            Some(usage) if self.ended && usage.total() > 0 => Due::Counted(usage),
            _ if self.ended => Due::Estimated(of_length(self.length, bounds)),
            _ => Due::Bound,
        }
    }
}

impl StreamTally {
    /// Of a request for so many answers.
    pub(super) fn new(answers: u64) -> Self {
        Self {
            splitter: FrameSplitter::new(FrameSplitter::LIMIT),
            usage: StreamUsage::default(),
            done: false,
            counted: false,
            finished: 0,
            answers,
        }
    }

    /// Takes a chunk; its events come from [`next_event`](Self::next_event).
    pub(super) fn push(&mut self, chunk: Bytes) -> Result<(), FrameTooLong> {
        self.splitter.push(chunk)
    }

    /// The next whole event.
    pub(super) fn next_event(&mut self) -> Option<Seen> {
        self.splitter.next_frame().map(|frame| self.see(frame))
    }

    /// What is left at the end of the stream, an event without its terminator.
    pub(super) fn last_event(&mut self) -> Option<Seen> {
        self.splitter.finish().map(|frame| self.see(frame))
    }

    fn see(&mut self, frame: Frame) -> Seen {
        let Some(data) = frame.data() else { return Seen { frame, kind: FrameKind::Plain } };
        let kind = self.usage.frame(&data);
        match kind {
            FrameKind::Done => self.done = true,
            FrameKind::UsageOnly => self.counted = true,
            FrameKind::Content => self.finished += finishes(&data),
            FrameKind::Plain | FrameKind::Error => {}
        }
        Seen { frame, kind }
    }

    /// Whether the answer is whole, as far as anybody can tell.
    pub(super) fn is_whole(&self) -> bool {
        self.done || self.counted || self.finished >= self.answers
    }

    /// What is due for it now.
    pub(super) fn due(&self, bounds: &Bounds) -> Due {
        // Thinking is not cut to the bound: not every provider counts it against that.
        let thinking = self.usage.relayed_thinking();
        let relayed = bounds.plausible(self.usage.relayed_tokens() - thinking) + thinking;
        match self.usage.usage() {
            // Nothing for something is no count.
            Some(usage) if self.is_whole() && usage.total() > 0 && (usage.output > 0 || relayed == 0) => {
                Due::Counted(usage)
            }
            Some(usage) => {
                let input = if usage.input > 0 { usage.input } else { bounds.input };
                Due::Estimated(Usage { input, output: usage.output.max(relayed), ..usage })
            }
            // It may have thought all the time, and shown nothing of it.
            None if relayed == 0 && !self.is_whole() => Due::Bound,
            None => Due::Estimated(Usage { input: bounds.input, output: relayed, thinking, ..Usage::default() }),
        }
    }
}

/// What is due for a whole body.
pub(super) fn due_of_body(endpoint: Endpoint, body: &[u8], bounds: &Bounds) -> Due {
    match of_body(body) {
        Some(usage) if usage.total() > 0 && (usage.output > 0 || !endpoint.generates() || says_nothing(body)) => {
            Due::Counted(usage)
        }
        Some(usage) => {
            let estimate = of_length(body.len() as u64, bounds);
            let input = if usage.input > 0 { usage.input } else { estimate.input };
            Due::Estimated(Usage { input, ..estimate })
        }
        None => Due::Estimated(of_length(body.len() as u64, bounds)),
    }
}

/// No answer has more tokens than a third of its bytes, escaped as they are, nor more than it was allowed.
fn of_length(length: u64, bounds: &Bounds) -> Usage {
    let output = (length / 3 + 1).min(bounds.output);
    Usage { input: bounds.input, output, ..Usage::default() }
}

/// Whether an answer that claims to have no tokens has indeed no content.
fn says_nothing(body: &[u8]) -> bool {
    let Ok(answer) = serde_json::from_slice::<serde_json::Value>(body) else { return false };
    let choices = answer["choices"].as_array().map_or(&[][..], Vec::as_slice);
    choices.iter().all(|choice| {
        let message = &choice["message"];
        [&message["content"], &message["reasoning_content"], &message["tool_calls"], &choice["text"]].into_iter().all(
            |part| {
                part.is_null() || part.as_str().is_some_and(str::is_empty) || part.as_array().is_some_and(Vec::is_empty)
            },
        )
    })
}

/// How many choices a chunk gives a reason for that it is their last.
fn finishes(data: &[u8]) -> u64 {
    const FIELD: &[u8] = b"\"finish_reason\"";
    let reasons = memchr::memmem::find_iter(data, FIELD).filter(|place| {
        let after = data[place + FIELD.len()..].trim_ascii_start();
        after.strip_prefix(b":").is_some_and(|value| value.trim_ascii_start().starts_with(b"\""))
    });
    reasons.count() as u64
}
