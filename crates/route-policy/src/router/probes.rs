//! When channels are probed, and what that changes.

use super::{
    Router,
    observe::{Place, Scope},
};
use crate::{At, Change, ChannelKey, Event, ProbeDue, ProbeKind, ProbeOutcome, Verdict};

/// Probes in a row without an answer after which a channel rests; one is an accident.
const UNANSWERED: u32 = 2;

impl Router {
    /// Probes to make now; each channel is named once per interval. A channel that the operator switched off, or whose
    /// budget is spent or nothing, is not probed.
    pub fn due_probes(&mut self, at: At) -> Vec<ProbeDue> {
        let at = self.now.notice(at);
        let mut due = Vec::new();
        for position in self.configured.clone() {
            let channel = &self.channels[position];
            if !channel.spec.enabled || channel.budget.is_spent(self.now.today()) {
                continue;
            }
            let kind = if self.recovery_due(position, at) {
                ProbeKind::Recovery
            } else if self.health_due(position, at) {
                ProbeKind::Health
            } else {
                continue;
            };
            let channel = &mut self.channels[position];
            channel.next_probe = at.tick + self.options.probe_every;
            due.push(ProbeDue { channel: ChannelKey::from_index(position), name: channel.spec.name.clone(), kind });
        }
        due
    }

    /// Learns from a probe, also from one that was made out of turn. A success puts what rests on trial: the next
    /// request is the canary. A failure never disables by itself: no answer counts once the next one fails too, or when
    /// requests fail as well.
    pub fn probed(&mut self, channel: ChannelKey, outcome: ProbeOutcome, at: At) -> Vec<Event> {
        let at = self.now.notice(at);
        let position = channel.index();
        let Some(channel) = self.channels.get_mut(position) else { return Vec::new() };
        let place = Place { channel: position, offer: 0 };
        let mut events = Vec::new();
        match outcome {
            ProbeOutcome::Ok { .. } => {
                channel.unanswered = 0;
                self.try_again(position, true, &mut events);
            }
            ProbeOutcome::Unsupported => self.try_again(position, false, &mut events),
            ProbeOutcome::Refused { verdict: Verdict::KeyDead } => {
                self.park_scope(place, Scope::Channel, Verdict::KeyDead, at, &mut events);
            }
            ProbeOutcome::Refused { verdict: Verdict::AccountParked } => {
                self.park_scope(place, Scope::Account, Verdict::AccountParked, at, &mut events);
            }
            ProbeOutcome::Unreachable | ProbeOutcome::Refused { verdict: Verdict::Broken } => {
                self.unanswered(position, at, &mut events);
            }
            // It is there, and says nothing about the key.
            ProbeOutcome::Refused { .. } => channel.unanswered = 0,
        }
        events
    }

    /// Whether something about the channel rests and its time has come. What channels share is asked for by the first.
    fn recovery_due(&mut self, position: usize, at: At) -> bool {
        let (probe_every, recovery_every) = (self.options.probe_every, self.options.recovery_every);
        let channel = &mut self.channels[position];
        let every = if channel.parking.why() == Some(Verdict::Broken) { probe_every } else { recovery_every };
        let mut due = channel.parking.due(every, at.tick);
        due |= self.accounts[channel.account].parking.due(recovery_every, at.tick);
        for offer in &mut channel.offers {
            due |= offer.parking.due(recovery_every, at.tick);
            due |= self.pairs[offer.pair].parking.due(recovery_every, at.tick);
        }
        due
    }

    /// Whether it is time; what rests as a whole waits for its recovery.
    fn health_due(&self, position: usize, at: At) -> bool {
        let channel = &self.channels[position];
        let rests = channel.parking.why().or(self.accounts[channel.account].parking.why()).is_some();
        !rests && channel.next_probe <= at.tick
    }

    /// A probe succeeded, or nothing but a request can tell (`answered` is false). Models that rest go on trial only
    /// when their time has come: an answer to a probe says nothing about them.
    fn try_again(&mut self, position: usize, answered: bool, events: &mut Vec<Event>) {
        let offers = self.channels[position].offers.len();
        for scope in [Scope::Channel, Scope::Account] {
            self.put_on_trial(Place { channel: position, offer: 0 }, scope, answered, events);
        }
        for offer in 0..offers {
            for scope in [Scope::Pair, Scope::Offer] {
                self.put_on_trial(Place { channel: position, offer }, scope, false, events);
            }
        }
    }

    fn put_on_trial(&mut self, place: Place, scope: Scope, at_once: bool, events: &mut Vec<Event>) {
        let parking = self.parking(place, scope);
        if (at_once || parking.is_asked()) && parking.try_again() {
            events.push(Event { subject: self.subject(place, scope), change: Change::OnTrial });
        }
    }

    /// No answer. A channel that answered requests meanwhile is well: not every upstream has what is probed.
    fn unanswered(&mut self, position: usize, at: At, events: &mut Vec<Event>) {
        let channel = &mut self.channels[position];
        if channel.answered.is_some_and(|answered| at.tick.since(answered) < self.options.probe_every) {
            return;
        }
        channel.unanswered += 1;
        let fails_too = channel.offers.iter().any(|offer| offer.breaker.is_open());
        if channel.parking.why().is_none() && (channel.unanswered >= UNANSWERED || fails_too) {
            self.park_scope(Place { channel: position, offer: 0 }, Scope::Channel, Verdict::Broken, at, events);
        }
    }
}
