//! Settings of the router.

use std::time::Duration;

use crate::Cny;

/// How the next channel is chosen among those of one priority that have room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strategy {
    /// In turn.
    #[default]
    RoundRobin,
    /// In turn by weight, smoothly: 5:1 is `AAABAA`, not `AAAAAB`.
    Weighted,
}

/// What a profile's daily cap does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ProfileCaps {
    /// [`Settled::profile_over_cap`](crate::Settled) says so; nothing is refused.
    #[default]
    Log,
    /// A request that could exceed it is refused.
    Enforce,
}

/// When a (channel, model) counts as broken, and for how long it is left alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BreakerOptions {
    /// The span whose outcomes count.
    pub window: Duration,
    /// Fewer failures never open it.
    pub min_failures: u32,
    /// The share of failures among all outcomes, in percent, from which it opens.
    pub failures_percent: u32,
    /// How long it stays open the first time; doubles each time the canary fails.
    pub open: Duration,
    /// The longest it stays open.
    pub open_at_most: Duration,
}

/// All settings; the defaults are those of the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouterOptions {
    /// The order within a priority.
    pub strategy: Strategy,
    /// The breaker.
    pub breaker: BreakerOptions,
    /// How long a parked channel, account or model rests before it is tried again.
    pub recovery_every: Duration,
    /// How often a channel is probed.
    pub probe_every: Duration,
    /// The longest a request waits, whatever its own deadline.
    pub max_wait: Duration,
    /// Requests that wait at the same time.
    pub max_waiting: usize,
    /// Of these, of one profile.
    pub max_waiting_per_profile: usize,
    /// The block of money that a lease takes.
    pub lease_block: Cny,
    /// What a profile's cap does.
    pub profile_caps: ProfileCaps,
}

impl Default for BreakerOptions {
    fn default() -> Self {
        Self {
            window: Duration::from_secs(60),
            min_failures: 5,
            failures_percent: 50,
            open: Duration::from_secs(10),
            open_at_most: Duration::from_secs(300),
        }
    }
}

impl Default for RouterOptions {
    fn default() -> Self {
        Self {
            strategy: Strategy::RoundRobin,
            breaker: BreakerOptions::default(),
            recovery_every: Duration::from_secs(30 * 60),
            probe_every: Duration::from_secs(5 * 60),
            max_wait: Duration::from_secs(30),
            max_waiting: 2_000,
            max_waiting_per_profile: 200,
            lease_block: Cny::from_yuan(2),
            profile_caps: ProfileCaps::Log,
        }
    }
}
