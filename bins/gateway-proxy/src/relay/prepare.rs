//! A request's body as it is sent upstream, and the most that it can cost.

use std::sync::Arc;

use bytes::Bytes;
use llm_upstream::{
    Endpoint,
    request::{BadRequest, Peek, Rewrite, rewrite},
};

use super::RelayOptions;
use crate::channel_table::Channel;

/// The longest chain of thought that providers write where thinking is asked for without a budget of its own. It comes
/// on top of the answer's bound: SiliconFlow's longest is 38,912 tokens, DashScope's the same for its hybrid models.
const THINKING_BOUND: u64 = 38_912;

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
    /// How many answers there are, each of which finishes for itself.
    pub(crate) answers: u64,
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
            // Zero is "not given" to some upstreams, which then write as much as they like.
            let text = cap.or(peek.max_tokens).filter(|tokens| *tokens > 0).unwrap_or(usual);
            let thinking = match (peek.thinking_budget, peek.enable_thinking) {
                (_, Some(false)) | (None, None) => 0,
                (Some(budget), _) => budget,
                (None, Some(true)) => THINKING_BOUND,
            };
            let per_answer = text.saturating_add(thinking);
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

    /// Whether the answer is to be streamed. What is not written piece by piece never is, whatever the body says:
    /// upstreams pass over it.
    pub(crate) fn is_stream(&self) -> bool {
        self.peek.stream && self.peek.endpoint.generates()
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
        Self {
            input: peek.input_tokens_bound,
            output: per_answer.saturating_mul(peek.n),
            estimate: peek.estimated_tokens.saturating_add(likely_per_answer.saturating_mul(peek.n)),
            answers: peek.n,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use daemon_kit::config::OnDisconnect;

    use super::*;

    fn prepared(endpoint: Endpoint, body: &'static str) -> Prepared {
        let options = RelayOptions {
            max_body: 1 << 20,
            body_within: Duration::from_secs(60),
            hold: 1 << 20,
            max_wait: Duration::from_secs(30),
            content_within: Duration::from_secs(60),
            on_disconnect: OnDisconnect::Drain,
            drain_for: Duration::from_secs(30),
            recovery_every: Duration::ZERO,
            default_max_output_tokens: 4_096,
            max_output_tokens: Default::default(),
        };
        Prepared::read(endpoint, Bytes::from_static(body.as_bytes()), &options).unwrap()
    }

    #[test]
    fn the_bound_of_the_answers_holds_whatever_the_upstream_makes_of_the_request() {
        for (body, output) in [
            (r#"{"model":"m"}"#, 4_096),
            (r#"{"model":"m","max_tokens":7}"#, 7),
            (r#"{"model":"m","max_tokens":7,"n":3}"#, 21),
            // As if it were not given, to those who leave out zeros.
            (r#"{"model":"m","max_tokens":0}"#, 4_096),
            (r#"{"model":"m","max_tokens":7,"thinking_budget":50}"#, 57),
            (r#"{"model":"m","max_tokens":7,"enable_thinking":true}"#, 7 + THINKING_BOUND),
            (r#"{"model":"m","max_tokens":7,"enable_thinking":true,"thinking_budget":50}"#, 57),
            (r#"{"model":"m","max_tokens":7,"enable_thinking":false,"thinking_budget":50}"#, 7),
        ] {
            assert_eq!(prepared(Endpoint::ChatCompletions, body).bounds.output, output, "{body}");
        }
    }

    #[test]
    fn an_image_is_counted_once() {
        let body = r#"{"model":"m","max_tokens":7,"messages":[{"role":"user","content":[
            {"type":"image_url","image_url":{"url":"https://example.com/a.png"}}]}]}"#;
        let prepared = prepared(Endpoint::ChatCompletions, body);
        assert_eq!(prepared.bounds.input, prepared.peek.input_tokens_bound);
        assert!((16_384..18_000).contains(&prepared.bounds.input), "{}", prepared.bounds.input);
    }

    #[test]
    fn only_what_is_written_piece_by_piece_is_streamed() {
        let body = r#"{"model":"m","stream":true,"input":"x","query":"x","documents":[]}"#;
        let streamed = Endpoint::ALL.map(|endpoint| prepared(endpoint, body).is_stream());
        assert_eq!(streamed, Endpoint::ALL.map(Endpoint::generates));
    }
}
