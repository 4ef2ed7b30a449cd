//! A yes: which channel, what is reserved there, and why not the others.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::{At, ChannelKey, Cny, Day, Lost, PriceTable, Tick};

/// The answer to an [`Ask`](crate::Ask).
#[derive(Debug)]
pub enum Admission {
    /// Send it.
    Granted(Grant),
    /// It waits. Call [`Router::pump`](crate::Router::pump) right away: that says when to come back.
    Queued(Ticket),
    /// No.
    Refused(crate::Refusal),
}

/// Names a waiting request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub(crate) u64);

/// Leave to send one attempt.
#[derive(Debug)]
#[must_use = "its reservation must be settled, released or cancelled"]
pub struct Grant {
    /// The channel.
    pub channel: ChannelKey,
    /// What the channel's upstream calls the model.
    pub upstream_model: Arc<str>,
    /// What is held for it.
    pub reservation: Reservation,
    /// Every other channel of the model, and why it was not chosen.
    pub considered: Vec<Considered>,
    /// Whether this request is the one that tries a channel that was resting.
    pub canary: bool,
}

/// A channel that was not chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Considered {
    /// Its name.
    pub channel: Arc<str>,
    /// Why.
    pub lost: Lost,
}

/// Money, tokens and a place that are held for one attempt. There is no way to copy it: it goes to exactly one of
/// [`Router::settle`](crate::Router::settle), [`Router::release`](crate::Router::release) and
/// [`Router::cancel`](crate::Router::cancel).
#[derive(Debug)]
#[must_use = "settle, release or cancel it"]
pub struct Reservation {
    pub(crate) id: u64,
    pub(crate) channel: ChannelKey,
    pub(crate) pair: usize,
    pub(crate) offer: usize,
    pub(crate) account: usize,
    pub(crate) profile: usize,
    pub(crate) day: Day,
    pub(crate) cny: Cny,
    pub(crate) price_known: bool,
    pub(crate) prices: Option<Arc<PriceTable>>,
    pub(crate) tokens: u64,
    pub(crate) made: At,
    pub(crate) profile_cap: Option<Cny>,
    pub(crate) canary: bool,
}

impl Reservation {
    /// Unique within the life of the router.
    pub const fn id(&self) -> u64 {
        self.id
    }

    /// The channel it is held at.
    pub const fn channel(&self) -> ChannelKey {
        self.channel
    }

    /// The day it is charged to, whenever it is settled.
    pub const fn day(&self) -> Day {
        self.day
    }

    /// The most that the attempt may cost.
    pub const fn cny(&self) -> Cny {
        self.cny
    }

    /// Whether the model has a price of its own; otherwise the configured default was used.
    pub const fn price_known(&self) -> bool {
        self.price_known
    }

    /// The prices that it was made by, which hold for the charge too: others may be in force by then.
    pub const fn prices(&self) -> Option<&Arc<PriceTable>> {
        self.prices.as_ref()
    }

    /// When it was made, by the wall clock: the moment whose prices hold, for the charge too.
    pub const fn made_at(&self) -> DateTime<Utc> {
        self.made.wall
    }

    /// The tokens counted for it.
    pub const fn tokens(&self) -> u64 {
        self.tokens
    }
}

/// What a settlement found out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settled {
    /// What the charge exceeded its reservation by.
    pub breach: Option<Cny>,
    /// The profile has spent more than its cap today.
    pub profile_over_cap: bool,
}

/// What became of waiting requests.
#[derive(Debug, Default)]
pub struct Pumped {
    /// These may be sent.
    pub granted: Vec<(Ticket, Grant)>,
    /// These are refused.
    pub refused: Vec<(Ticket, crate::Refusal)>,
    /// When to call again, if nothing is settled, observed or leased before; `None` while nobody waits.
    pub next: Option<Tick>,
}
