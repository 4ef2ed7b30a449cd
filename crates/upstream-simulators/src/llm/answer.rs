//! The ordinary answer: how long, how fast.

use std::time::Duration;

/// What a model says when nothing is wrong. A prompt that holds `[[tokens:N]]` is answered with N tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LlmAnswer {
    /// Tokens of the answer, thinking not included; fewer where the request's `max_tokens` says so.
    pub tokens: u64,
    /// Tokens of thinking before it.
    pub thinking: u64,
    /// Thousandths of the prompt's tokens that were cached.
    pub cached_per_mille: u64,
    /// Tokens in a frame of a stream.
    pub tokens_per_frame: u64,
    /// Numbers in an embedding.
    pub dimensions: usize,
    /// Before the head of the answer.
    pub head_delay: Duration,
    /// Between the head and the first frame of a stream.
    pub first_token_delay: Duration,
    /// Between the frames of a stream.
    pub interval: Duration,
}

impl Default for LlmAnswer {
    /// 16 tokens at once, one to a frame, nothing cached, no thinking.
    fn default() -> Self {
        Self {
            tokens: 16,
            thinking: 0,
            cached_per_mille: 0,
            tokens_per_frame: 1,
            dimensions: 16,
            head_delay: Duration::ZERO,
            first_token_delay: Duration::ZERO,
            interval: Duration::ZERO,
        }
    }
}
