//! What the router asks of the ledger.

use std::sync::Arc;

use crate::{Cny, Day};

/// A block of money that the ledger should let a channel spend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeaseWant {
    /// The channel.
    pub channel: Arc<str>,
    /// The day it is for.
    pub day: Day,
    /// How much.
    pub amount: Cny,
    /// The channel's budget of that day, for the ledger to check too.
    pub limit: Option<Cny>,
}

/// What the ledger should take back: the day's lease shrinks to what was spent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Return {
    /// The channel.
    pub channel: Arc<str>,
    /// The day.
    pub day: Day,
    /// What was spent of that day's leases.
    pub spent: Cny,
}

/// Which days' leases are given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Returnable {
    /// Days that are over.
    OverDays,
    /// All: the process ends. What is still held counts as spent, and no request is granted any more.
    All,
}
