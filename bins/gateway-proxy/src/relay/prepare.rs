//! A request's body as it is sent upstream, and the most that it can cost.

use std::sync::Arc;

use bytes::Bytes;
use llm_upstream::{
    Endpoint,
    request::{BadRequest, Peek, Rewrite, rewrite},
};

use super::RelayOptions;
use crate::channel_table::Channel;

/// The most tokens that providers make of one image or file, whose size nobody here knows.
const ATTACHMENT_TOKENS_BOUND: u64 = 16_384;
/// And about as many as they usually make of it.
const ATTACHMENT_TOKENS: u64 = 1_000;

/// A request that can be sent, as often as needed.
#[derive(Debug)]
pub(crate) struct Prepared {
    body: Bytes,
    peek: Peek,
    /// The model by the caller's name.
    pub(crate) model: Arc<str>,
    /// The cap that is sent where the caller gave none.
    pub(crate) cap: Option<u64>,
    /// The most that it can cost.
    pub(crate) bounds: Bounds,
}

/// Tokens of a request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// The most that its prompt can have.
    pub(crate) input: u64,
    /// The most that its answers can have.
    pub(crate) output: u64,
    /// What it will probably use altogether.
    pub(crate) estimate: u64,
}

impl Prepared {
    /// Reads of the body what routing needs.
    ///
    /// # Errors
    /// When the body is none that can be relayed.
    pub(crate) fn read(endpoint: Endpoint, body: Bytes, options: &RelayOptions) -> Result<Self, BadRequest> {
        let peek = Peek::read(endpoint, &body)?;
        let usual = options.output_cap(&peek.model);
        let cap = (endpoint.generates() && peek.max_tokens.is_none()).then_some(usual);
        let bounds = if endpoint.generates() {
            let per_answer = cap.or(peek.max_tokens).unwrap_or(0).saturating_add(peek.thinking_budget.unwrap_or(0));
            Bounds::of(&peek, per_answer, per_answer.min(usual))
        } else {
            Bounds::of(&peek, 0, 0)
        };
        Ok(Self { model: peek.model.as_str().into(), body, peek, cap, bounds })
    }

    /// What is asked for.
    pub(crate) fn endpoint(&self) -> Endpoint {
        self.peek.endpoint
    }

    /// Whether the answer is to be streamed.
    pub(crate) fn is_stream(&self) -> bool {
        self.peek.stream
    }

    /// Whether the caller asked for the usage at the end of the stream.
    pub(crate) fn wants_usage(&self) -> bool {
        self.peek.wants_usage
    }

    /// The body for a channel. Only the model's name, a missing cap and the question for usage are ever changed.
    pub(crate) fn body_for(&self, channel: &Channel, upstream_model: &str) -> Bytes {
        let changes = Rewrite {
            model: (upstream_model != self.peek.model).then_some(upstream_model),
            max_tokens: self.cap,
            include_usage: self.peek.stream && self.peek.endpoint.generates(),
            dialect: channel.dialect,
        };
        rewrite(&self.body, &self.peek, changes)
    }
}

impl Bounds {
    /// Whether an answer of about so many tokens is longer than it was allowed, beyond what an estimate can be wrong by.
    pub(crate) const fn is_exceeded_by(&self, estimate: u64) -> bool {
        estimate > self.output.saturating_mul(2).saturating_add(100)
    }

    /// An estimate of the answer's tokens. An upstream keeps to the cap, or it does not by far.
    pub(crate) fn plausible(&self, estimate: u64) -> u64 {
        if self.is_exceeded_by(estimate) { estimate } else { estimate.min(self.output) }
    }

    fn of(peek: &Peek, per_answer: u64, likely_per_answer: u64) -> Self {
        let attached = |tokens: u64| peek.attachments.saturating_mul(tokens);
        Self {
            input: peek.input_tokens_bound.saturating_add(attached(ATTACHMENT_TOKENS_BOUND)),
            output: per_answer.saturating_mul(peek.n),
            estimate: peek
                .estimated_tokens
                .saturating_add(attached(ATTACHMENT_TOKENS))
                .saturating_add(likely_per_answer.saturating_mul(peek.n)),
        }
    }
}
