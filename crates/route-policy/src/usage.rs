//! What a request used.

use serde::{Deserialize, Serialize};

/// Tokens of one answer, as the upstream counted or we estimated them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens of the prompt, cached ones included.
    pub input: u64,
    /// Of these, tokens that the upstream had cached.
    pub cached_input: u64,
    /// Tokens of the answer, thinking included.
    pub output: u64,
    /// Of these, tokens of thinking.
    pub thinking: u64,
}

impl Usage {
    /// Input and output together, which is what tokens-per-minute limits count.
    pub const fn total(&self) -> u64 {
        self.input.saturating_add(self.output)
    }
}
