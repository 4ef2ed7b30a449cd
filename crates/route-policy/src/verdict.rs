//! What a refusal means for the next step.

use serde::{Deserialize, Serialize};

/// What a limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Meter {
    /// Requests per minute.
    Requests,
    /// Tokens per minute.
    Tokens,
    /// Growth of the rate: more requests at once than before.
    Burst,
    /// Requests at the same time.
    Concurrency,
    /// The upstream did not say.
    Unknown,
}

/// What a failed attempt means: for the request, and for everything that shares its cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The request itself is wrong: the caller is told, nobody else is asked.
    CallerFault,
    /// The upstream's content inspection refused it: as a caller's fault, never retried, nothing is disabled.
    Content,
    /// The account's limit for this model is reached for now: the next channel, this one again after a wait.
    Wait(Meter),
    /// The upstream has too much to do: the next channel, a short cool-down.
    Overloaded,
    /// It failed (5xx, timeout, connection, nonsense): the next channel, and a mark against this one's breaker.
    Broken,
    /// This channel does not have the model: the next channel, never this one for the model.
    ModelMissing,
    /// The account may not use the model: the next channel, the pair rests.
    ModelDenied,
    /// The key is not valid: the channel rests, somebody is told.
    KeyDead,
    /// The account is in arrears or closed: all its channels rest, somebody is told.
    AccountParked,
    /// The channel's address or path is wrong: the channel rests, somebody is told.
    Misconfigured,
}

impl Verdict {
    /// Whether another channel may succeed where this one failed.
    pub const fn may_fall_back(self) -> bool {
        !matches!(self, Self::CallerFault | Self::Content)
    }
}
