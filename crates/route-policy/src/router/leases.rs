//! Between the budgets and the ledger.

use std::sync::Arc;

use super::Router;
use crate::{At, Cny, Day, LeaseWant, Return, Returnable};

/// How long before midnight the next day's first blocks are leased.
const AHEAD_OF_MIDNIGHT_S: i64 = 60;

impl Router {
    /// Whether [`Self::wanted_leases`] may have something: cheap enough to ask after every grant.
    pub const fn wants_leases(&self) -> bool {
        self.leases_due
    }

    /// Leases to take now, ahead of need. At most one per channel and day is under way: each must be answered by
    /// [`Self::lease_granted`] or [`Self::lease_failed`]. Call it when [`Self::wants_leases`], and every second for
    /// those that are tried again.
    pub fn wanted_leases(&mut self, at: At) -> Vec<LeaseWant> {
        let at = self.now.notice(at);
        self.leases_due = false;
        let today = self.now.today();
        let near = (self.now.ends() - at.wall).num_seconds() < AHEAD_OF_MIDNIGHT_S;
        let tomorrow = near.then(|| today.next());
        let mut wants = Vec::new();
        for position in &self.configured {
            let channel = &mut self.channels[*position];
            for day in [Some(today), tomorrow].into_iter().flatten().filter(|_| channel.spec.enabled) {
                if let Some(amount) = channel.budget.want_lease(day, self.options.lease_block, at.tick) {
                    let (channel, limit) = (channel.spec.name.clone(), channel.spec.budget_per_day);
                    wants.push(LeaseWant { channel, day, amount, limit });
                }
            }
        }
        wants
    }

    /// The ledger granted so much, durably. Less than wanted: that day's budget has no more.
    pub fn lease_granted(&mut self, channel: &str, day: Day, amount: Cny) {
        if let Some(position) = self.positions.get(channel) {
            let budget = &mut self.channels[*position].budget;
            budget.lease_granted(day, amount);
            self.leases_due |= budget.is_low(day, self.options.lease_block);
        }
    }

    /// The ledger could not write it down; it is wanted again after a while.
    pub fn lease_failed(&mut self, channel: &str, day: Day, at: At) {
        let at = self.now.notice(at);
        if let Some(position) = self.positions.get(channel) {
            self.channels[*position].budget.lease_failed(day, at.tick);
        }
    }

    /// What the ledger says was spent of `day` before this process began, written-off leases included. Once per channel
    /// and day, before the first request; the channel may be configured later.
    pub fn restore_spent(&mut self, channel: &str, day: Day, spent: Cny) {
        let position = self.position(channel);
        self.channels[position].budget.restore(day, spent);
    }

    /// What a profile spent of `day` before this process began.
    pub fn restore_profile_spent(&mut self, profile: &str, day: Day, spent: Cny) {
        self.profiles.restore(profile, day, spent);
    }

    /// Leases to give back. Each is named once: a return that fails leaves the money counted as spent, which is safe.
    pub fn returnable(&mut self, which: Returnable, at: At) -> Vec<Return> {
        self.now.notice(at);
        let today = self.now.today();
        let mut returns = Vec::new();
        for channel in &mut self.channels {
            let name: &Arc<str> = &channel.spec.name;
            let give_back = |(day, spent)| Return { channel: name.clone(), day, spent };
            match which {
                Returnable::OverDays if !channel.budget.has_over_days(today) => {}
                Returnable::OverDays => returns.extend(channel.budget.take_over_days(today).map(give_back)),
                Returnable::All => returns.extend(channel.budget.take_all_days().map(give_back)),
            }
        }
        returns
    }
}
