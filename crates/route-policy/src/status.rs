//! How the channels are, for people and gauges.

use std::{sync::Arc, time::Duration};

use crate::{ChannelKey, Cny, Day, Verdict};

/// One channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelStatus {
    /// Its key.
    pub key: ChannelKey,
    /// Its name.
    pub name: Arc<str>,
    /// Its account.
    pub account: Arc<str>,
    /// Its group of callers.
    pub group: Arc<str>,
    /// Higher goes first.
    pub priority: i64,
    /// Share within its priority.
    pub weight: u32,
    /// As a whole.
    pub state: ChannelState,
    /// Models that are not as the channel is as a whole.
    pub models: Vec<ModelStatus>,
    /// Requests of the last 60 s.
    pub rpm: Gauge,
    /// Tokens of the last 60 s.
    pub tpm: Gauge,
    /// Requests that run.
    pub in_flight: u32,
    /// How many may run at the same time.
    pub max_in_flight: Option<u32>,
    /// Today's money.
    pub budget: BudgetStatus,
    /// A moving average from sending to the first byte.
    pub first_byte: Option<Duration>,
    /// The last verdict against it, and how long ago that was.
    pub last_error: Option<(Verdict, Duration)>,
    /// Until the next probe; `None` while it is not probed.
    pub next_probe: Option<Duration>,
}

/// A model of a channel that is not as the channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelStatus {
    /// The upstream's name of the model.
    pub model: Arc<str>,
    /// How it is.
    pub state: ChannelState,
}

/// How a channel or one of its models is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelState {
    /// In order.
    Healthy,
    /// The operator switched it off.
    Disabled,
    /// Nothing may be spent before midnight in Shanghai.
    BudgetSpent,
    /// It, its account or the model rests.
    Parked {
        /// After which verdict.
        why: Verdict,
        /// Until it is tried again.
        again_in: Duration,
    },
    /// Parked, but one request may try it, or does.
    OnTrial {
        /// After which verdict.
        why: Verdict,
    },
    /// Failed too often.
    BreakerOpen {
        /// Until one request may try it.
        again_in: Duration,
    },
    /// Failed too often; one request may try it, or does.
    HalfOpen,
    /// At an upstream's limit for now.
    Paused {
        /// For how long.
        again_in: Duration,
    },
}

impl ChannelState {
    /// A short stable name, for records and metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Disabled => "disabled_by_operator",
            Self::BudgetSpent => "budget_spent",
            Self::Parked { .. } => "parked",
            Self::OnTrial { .. } => "on_trial",
            Self::BreakerOpen { .. } => "breaker_open",
            Self::HalfOpen => "half_open",
            Self::Paused { .. } => "paused",
        }
    }
}

/// What is used of a limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gauge {
    /// Used.
    pub used: u64,
    /// Of; `None` is no bound.
    pub limit: Option<u64>,
}

/// One day's money of one channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BudgetStatus {
    /// The day.
    pub day: Day,
    /// What may be spent; `None` is no bound.
    pub limit: Option<Cny>,
    /// Charged.
    pub settled: Cny,
    /// Held for requests that run.
    pub reserved: Cny,
    /// What the ledger let be spent so far.
    pub leased: Cny,
    /// What charges exceeded their reservations by.
    pub breached: Cny,
}
