//! One request, as it ended.

use std::{borrow::Cow, sync::Arc};

use chrono::{DateTime, Utc};
use route_policy::Cny;

use super::{AttemptRecord, Charge};

/// One request, as it ended. Recorded once; a second row of the same `id` is ignored whole.
#[derive(Clone, Debug, PartialEq)]
pub struct RequestRow {
    /// The gateway's own id, never one that a caller chose: whoever repeats an id is not charged again.
    /// Sixteen lower-case hexadecimal digits are stored as eight bytes.
    pub id: Arc<str>,
    /// When it arrived. Stored in milliseconds.
    pub at: DateTime<Utc>,
    /// Who asked.
    pub profile: Arc<str>,
    /// With which token.
    pub token_id: Option<Arc<str>>,
    /// Of which endpoint, such as `chat.completions`.
    pub endpoint: Cow<'static, str>,
    /// The model as the caller named it; its first 128 bytes are kept.
    pub model: Arc<str>,
    /// Whether the caller asked for a stream.
    pub stream: bool,
    /// How it ended, such as `ok`, `cut`, `refused`: the word in the logs and metrics.
    pub outcome: Cow<'static, str>,
    /// Whether that counts as a failure of the gateway or of an upstream.
    pub failed: bool,
    /// The HTTP status that the caller got.
    pub status: u16,
    /// From the arrival to the last byte, in milliseconds.
    pub latency_ms: u32,
    /// From the arrival to the first byte of the answer, in milliseconds.
    pub first_byte_ms: Option<u32>,
    /// Of these, in the queue for a channel with room.
    pub waited_ms: u32,
    /// What upstreams billed or may have billed, one entry per attempt that cost something.
    pub charges: Vec<Charge>,
    /// Every attempt with the channels that were considered for it.
    pub decision: Vec<AttemptRecord>,
}

impl RequestRow {
    /// The channel that answered, or the last one that was asked; none if nobody was.
    pub fn channel(&self) -> Option<&Arc<str>> {
        self.decision.last().and_then(|attempt| attempt.channel.as_ref())
    }

    /// All its charges.
    pub fn cny(&self) -> Cny {
        self.charges.iter().map(|charge| charge.cny).sum()
    }
}
