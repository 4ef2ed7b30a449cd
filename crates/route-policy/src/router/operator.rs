//! What an operator changes without a new configuration.

use super::{
    Router,
    observe::{Place, Scope},
};
use crate::{At, Change, Cny, Event, Subject, Verdict, backoff::Backoff, breaker::Breaker, parking::Parking};

impl Router {
    /// Switches a channel. On also means: as far as the operator knows, it is in order again, so its rests and those of
    /// its models end; what it shares with other channels goes on trial. `false`: no such channel is configured.
    pub fn set_enabled(&mut self, channel: &str, enabled: bool) -> bool {
        let Some(position) = self.configured_position(channel) else { return false };
        let channel = &mut self.channels[position];
        let switched_on = enabled && !channel.spec.enabled;
        channel.spec.enabled = enabled;
        if switched_on {
            (channel.parking, channel.unanswered) = (Parking::InOrder, 0);
            self.accounts[channel.account].parking.try_again();
            for offer in &mut channel.offers {
                (offer.parking, offer.overloaded, offer.breaker) =
                    (Parking::InOrder, Backoff::default(), Breaker::default());
                self.pairs[offer.pair].parking.try_again();
            }
            self.leases_due = true;
        }
        true
    }

    /// Another budget per day, from now on; nothing is "none at all today". `false`: no such channel is configured.
    pub fn set_budget(&mut self, channel: &str, budget: Option<Cny>) -> bool {
        let Some(position) = self.configured_position(channel) else { return false };
        let channel = &mut self.channels[position];
        channel.spec.budget_per_day = budget;
        channel.budget.set_limit(budget);
        self.leases_due = true;
        true
    }

    /// Another place in the order. `false`: no such channel is configured.
    pub fn set_order(&mut self, channel: &str, priority: i64, weight: u32) -> bool {
        let Some(position) = self.configured_position(channel) else { return false };
        let spec = &mut self.channels[position].spec;
        (spec.priority, spec.weight) = (priority, weight);
        self.rebuild_lanes();
        true
    }

    /// Parks something, such as what was parked when the last process ended. Names that are not configured are passed
    /// over.
    pub fn park(&mut self, subject: &Subject, why: Verdict, at: At) -> Vec<Event> {
        let at = self.now.notice(at);
        let mut events = Vec::new();
        if let Some((place, scope)) = self.place_of(subject) {
            self.park_scope(place, scope, why, at, &mut events);
        }
        events
    }

    /// Whatever rests or is on trial under this name is in order again. For an operator who knows.
    pub fn unpark(&mut self, subject: &Subject) -> Vec<Event> {
        let Some((place, scope)) = self.place_of(subject) else { return Vec::new() };
        let parking = self.parking(place, scope);
        if *parking == Parking::InOrder {
            return Vec::new();
        }
        *parking = Parking::InOrder;
        vec![Event { subject: subject.clone(), change: Change::Recovered }]
    }

    /// A place where the subject's state is found.
    fn place_of(&self, subject: &Subject) -> Option<(Place, Scope)> {
        let mut configured = self.configured.iter().map(|position| (*position, &self.channels[*position]));
        let account_of = |account: usize| &self.accounts[account].name;
        match subject {
            Subject::Channel(name) => {
                let (channel, _) = configured.find(|(_, channel)| channel.spec.name == *name)?;
                Some((Place { channel, offer: 0 }, Scope::Channel))
            }
            Subject::Account(name) => {
                let (channel, _) = configured.find(|(_, channel)| account_of(channel.account) == name)?;
                Some((Place { channel, offer: 0 }, Scope::Account))
            }
            Subject::AccountModel { account, model } => {
                let of_account = configured.filter(|(_, channel)| account_of(channel.account) == account);
                let mut places = of_account.filter_map(|(position, channel)| Some((position, channel.offer(model)?)));
                places.next().map(|(channel, offer)| (Place { channel, offer }, Scope::Pair))
            }
            Subject::ChannelModel { channel: name, model } => {
                let (position, channel) = configured.find(|(_, channel)| channel.spec.name == *name)?;
                Some((Place { channel: position, offer: channel.offer(model)? }, Scope::Offer))
            }
        }
    }
}
