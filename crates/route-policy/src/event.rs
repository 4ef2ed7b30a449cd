//! What an upstream's answer tells about it, and what changes by that.

use std::{fmt, sync::Arc, time::Duration};

use crate::{Meter, Verdict};

/// How an attempt went, as far as it tells about the channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feedback {
    /// It answered.
    Ok {
        /// From sending to the first byte.
        first_byte: Duration,
    },
    /// It refused or failed.
    Refused {
        /// What that means.
        verdict: Verdict,
        /// How long the upstream asks to be left alone.
        retry_after: Option<Duration>,
    },
}

/// A change of state that somebody may want to know: for logs, the audit and metrics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// What it is about.
    pub subject: Subject,
    /// What changed.
    pub change: Change,
}

/// What rests or recovers: as much as shares the cause.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Subject {
    /// One key.
    Channel(Arc<str>),
    /// All keys of an account.
    Account(Arc<str>),
    /// One model on all keys of an account.
    AccountModel {
        /// The account.
        account: Arc<str>,
        /// The upstream's name of the model.
        model: Arc<str>,
    },
    /// One model on one key.
    ChannelModel {
        /// The channel.
        channel: Arc<str>,
        /// The upstream's name of the model.
        model: Arc<str>,
    },
}

/// What changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It rests, until a probe and then one request succeed.
    Parked {
        /// After which verdict.
        why: Verdict,
        /// When it is tried again.
        again_in: Duration,
    },
    /// The probe succeeded: one request may try it.
    OnTrial,
    /// It is back.
    Recovered,
    /// It failed too often.
    BreakerOpened {
        /// Failures of the last minute.
        failures: u32,
        /// All outcomes of the last minute.
        outcomes: u32,
        /// How long it is left alone.
        again_in: Duration,
    },
    /// The one request that tried it succeeded.
    BreakerClosed,
    /// The upstream says a limit is reached.
    Paused {
        /// Which.
        meter: Meter,
        /// How long it is left alone.
        again_in: Duration,
    },
    /// The upstream has too much to do.
    CoolingDown {
        /// How long it is left alone.
        again_in: Duration,
    },
}

impl Change {
    /// A short stable name, for records and metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Parked { .. } => "parked",
            Self::OnTrial => "on_trial",
            Self::Recovered => "recovered",
            Self::BreakerOpened { .. } => "breaker_opened",
            Self::BreakerClosed => "breaker_closed",
            Self::Paused { .. } => "paused",
            Self::CoolingDown { .. } => "cooling_down",
        }
    }

    /// Whether a person should hear of it: a key, an account or a model is out of order and stays so for long.
    pub const fn is_alarming(self) -> bool {
        matches!(self, Self::Parked { .. })
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Channel(channel) => write!(out, "channel {channel}"),
            Self::Account(account) => write!(out, "account {account}"),
            Self::AccountModel { account, model } => write!(out, "model {model} of account {account}"),
            Self::ChannelModel { channel, model } => write!(out, "model {model} of channel {channel}"),
        }
    }
}
