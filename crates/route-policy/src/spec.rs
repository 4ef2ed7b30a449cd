//! What the operator configured: channels, and the limits that several of them share.

use std::{sync::Arc, time::Duration};

use crate::Cny;

/// Names a channel for the life of the [`Router`](crate::Router): the same name has the same key, also when it was
/// taken out of the configuration and came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChannelKey(u32);

impl ChannelKey {
    pub(crate) fn from_index(index: usize) -> Self {
        Self(u32::try_from(index).unwrap_or(u32::MAX))
    }

    /// A small dense number from 0, for tables beside the router's.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// A model as callers name it, and as this channel's upstream does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelOffer {
    /// The caller's name.
    pub public: Arc<str>,
    /// The upstream's name: what is sent, priced and limited.
    pub upstream: Arc<str>,
}

/// One key of one upstream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelSpec {
    /// Unique.
    pub name: Arc<str>,
    /// The upstream account that the key belongs to; keys of one account share its [`GroupSpec`]s.
    pub account: Arc<str>,
    /// The group of callers it serves; a caller without a group may use every channel.
    pub group: Arc<str>,
    /// What it offers. Of two offers of one public name the first counts.
    pub models: Vec<ModelOffer>,
    /// Higher goes first; a lower one is asked only when no higher one has room.
    pub priority: i64,
    /// Share within its priority by [`Strategy::Weighted`](crate::Strategy); 0 counts as 1.
    pub weight: u32,
    /// Requests in any 60 s; `None` is no bound.
    pub rpm: Option<u32>,
    /// Tokens in any 60 s; `None` is no bound.
    pub tpm: Option<u64>,
    /// Requests at the same time; `None` is no bound.
    pub max_in_flight: Option<u32>,
    /// Money per day of Asia/Shanghai; `None` is no bound, nothing is "none at all today".
    pub budget_per_day: Option<Cny>,
    /// What the operator said. A channel that is off takes no new request and is never probed.
    pub enabled: bool,
}

/// Limits that an upstream counts per account and model, over all keys of the account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupSpec {
    /// The account.
    pub account: Arc<str>,
    /// The upstream's name of the model; `*` is every model of the account that has no group of its own, each counted
    /// for itself.
    pub model: Arc<str>,
    /// Requests in any 60 s.
    pub rpm: Option<u32>,
    /// Tokens in any 60 s.
    pub tpm: Option<u64>,
    /// The upstream also counts by the second: not more than a sixtieth of `rpm` and `tpm` at once.
    pub per_second: bool,
    /// The upstream refuses rates that grow quickly.
    pub growth: Option<Growth>,
}

/// How quickly the number of requests may grow: within any `over` at most `percent` of those of the `over` before, but
/// `floor` always.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Growth {
    /// Requests within `over` that are always allowed.
    pub floor: u32,
    /// Growth from one `over` to the next; 200 doubles.
    pub percent: u32,
    /// The span that is compared.
    pub over: Duration,
}
