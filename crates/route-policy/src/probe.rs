//! Probes: free questions that tell whether a channel is there.

use std::{sync::Arc, time::Duration};

use crate::{ChannelKey, Verdict};

/// A probe that should be made now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProbeDue {
    /// Of which channel.
    pub channel: ChannelKey,
    /// Its name.
    pub name: Arc<str>,
    /// Why.
    pub kind: ProbeKind,
}

/// Why a channel is probed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProbeKind {
    /// It is time.
    Health,
    /// It, its account or one of its models rests; when the probe succeeds, one request may try it.
    Recovery,
}

/// What a probe found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProbeOutcome {
    /// It answered.
    Ok {
        /// How quickly.
        latency: Duration,
    },
    /// It refused.
    Refused {
        /// What that means.
        verdict: Verdict,
    },
    /// No answer.
    Unreachable,
    /// This upstream has nothing free to ask: one request has to find out.
    Unsupported,
}
