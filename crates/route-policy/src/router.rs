//! All decisions about channels, in one place.
//!
//! The state lives here, each file of `router/` is one thing that is done with it.

mod admit;
mod choose;
mod configure;
mod judge;
mod leases;
mod observe;
mod operator;
mod probes;
mod pump;
mod report;
mod settle;

use std::{collections::HashMap, sync::Arc};

use crate::{
    ChannelKey, GroupSpec, Lost, PriceTable, RouterOptions,
    channel::Channel,
    lane::Lane,
    now::Now,
    pair::{Account, Pair},
    profiles::Profiles,
    queue::FairQueue,
};

/// Channels, their limits, budgets and health, and the requests that wait for them.
///
/// It neither sleeps nor sends: the daemon asks it, under one lock, and carries out what it says. Every method that
/// takes an [`At`](crate::At) may be called with moments a little out of order.
#[derive(Debug)]
pub struct Router {
    options: RouterOptions,
    prices: Option<Arc<PriceTable>>,
    groups: Vec<GroupSpec>,
    /// By [`ChannelKey`]; also those that are not configured any more.
    channels: Vec<Channel>,
    positions: HashMap<Arc<str>, usize>,
    /// The configured ones, in the order of the configuration.
    configured: Vec<usize>,
    accounts: Vec<Account>,
    account_positions: HashMap<Arc<str>, usize>,
    pairs: Vec<Pair>,
    pair_positions: HashMap<(usize, Arc<str>), usize>,
    /// By public model.
    lanes: HashMap<Arc<str>, Lane>,
    queue: FairQueue,
    profiles: Profiles,
    now: Now,
    reservations: u64,
    leases_due: bool,
    /// What became of each candidate that was looked at for the last request: eligible (as a canary or not), or lost.
    looked: Vec<Result<bool, Lost>>,
}

impl Router {
    /// Without channels; see [`Self::configure`].
    pub fn new(options: RouterOptions) -> Self {
        Self {
            options,
            prices: None,
            groups: Vec::new(),
            channels: Vec::new(),
            positions: HashMap::new(),
            configured: Vec::new(),
            accounts: Vec::new(),
            account_positions: HashMap::new(),
            pairs: Vec::new(),
            pair_positions: HashMap::new(),
            lanes: HashMap::new(),
            queue: FairQueue::default(),
            profiles: Profiles::default(),
            now: Now::new(),
            reservations: 0,
            leases_due: false,
            looked: Vec::new(),
        }
    }

    /// The key of a configured channel.
    pub fn key(&self, channel: &str) -> Option<ChannelKey> {
        self.configured_position(channel).map(ChannelKey::from_index)
    }

    /// The name of a channel, also of one that is not configured any more.
    pub fn name(&self, channel: ChannelKey) -> Option<Arc<str>> {
        self.channels.get(channel.index()).map(|channel| channel.spec.name.clone())
    }

    /// How many requests wait.
    pub fn waiting(&self) -> usize {
        self.queue.len()
    }

    fn configured_position(&self, channel: &str) -> Option<usize> {
        self.positions.get(channel).copied().filter(|position| self.channels[*position].configured)
    }
}
