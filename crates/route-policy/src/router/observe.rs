//! What an attempt's outcome tells about the channel, its account and the model.

use std::time::Duration;

use super::Router;
use crate::{At, Change, ChannelKey, Event, Feedback, Subject, Verdict};

/// Rests after "overloaded", which double while they do not help.
const OVERLOADED_FIRST: Duration = Duration::from_secs(2);
const OVERLOADED_AT_MOST: Duration = Duration::from_secs(30);

/// A (channel, model) by positions.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) channel: usize,
    pub(super) offer: usize,
}

/// What something is parked as.
#[derive(Clone, Copy)]
pub(super) enum Scope {
    Channel,
    Account,
    Pair,
    Offer,
}

impl Router {
    /// Learns from an attempt's outcome: when the answer begins, or when it is known that none comes. Before or after
    /// its settlement. Returns what changed by it.
    pub fn observe(&mut self, channel: ChannelKey, upstream_model: &str, feedback: Feedback, at: At) -> Vec<Event> {
        let at = self.now.notice(at);
        let position = channel.index();
        let Some(offer) = self.channels.get(position).and_then(|channel| channel.offer(upstream_model)) else {
            return Vec::new();
        };
        let place = Place { channel: position, offer };
        match feedback {
            Feedback::Ok { first_byte } => {
                self.channels[position].note_first_byte(first_byte);
                self.answered(place, at)
            }
            Feedback::Refused { verdict, retry_after } => self.refused(place, verdict, retry_after, at),
        }
    }

    fn answered(&mut self, place: Place, at: At) -> Vec<Event> {
        let channel = &mut self.channels[place.channel];
        channel.answered = Some(at.tick);
        channel.unanswered = 0;
        let offer = &mut channel.offers[place.offer];
        offer.overloaded.answered(at.tick);
        let closed = offer.breaker.answered(&self.options.breaker, at.tick);
        self.pairs[offer.pair].answered(at.tick);
        let mut events = Vec::new();
        if closed {
            events.push(Event { subject: self.subject(place, Scope::Offer), change: Change::BreakerClosed });
        }
        for scope in [Scope::Channel, Scope::Account, Scope::Pair, Scope::Offer] {
            self.recover(place, scope, &mut events);
        }
        events
    }

    fn refused(&mut self, place: Place, verdict: Verdict, asked: Option<Duration>, at: At) -> Vec<Event> {
        if matches!(verdict, Verdict::CallerFault | Verdict::Content) {
            // The upstream is well and says so.
            return self.answered(place, at);
        }
        let now = at.tick;
        self.channels[place.channel].last_error = Some((verdict, now));
        let mut events = Vec::new();
        match verdict {
            Verdict::CallerFault | Verdict::Content => {}
            Verdict::Wait(meter) => {
                self.key_works(place, &mut events);
                let pair = self.channels[place.channel].offers[place.offer].pair;
                let news = self.pairs[pair].paused(now).is_none();
                let again_in = self.pairs[pair].wait(meter, asked, now);
                if news {
                    let change = Change::Paused { meter, again_in };
                    events.push(Event { subject: self.subject(place, Scope::Pair), change });
                }
            }
            Verdict::Overloaded => {
                let rest = &mut self.channels[place.channel].offers[place.offer].overloaded;
                let news = rest.resting(now).is_none();
                let again_in = rest.strike(asked, OVERLOADED_FIRST, OVERLOADED_AT_MOST, now);
                if news {
                    let change = Change::CoolingDown { again_in };
                    events.push(Event { subject: self.subject(place, Scope::Offer), change });
                }
            }
            Verdict::Broken => self.broken(place, at, &mut events),
            Verdict::ModelMissing => {
                self.key_works(place, &mut events);
                self.park_scope(place, Scope::Offer, verdict, at, &mut events);
            }
            Verdict::ModelDenied => {
                self.key_works(place, &mut events);
                self.park_scope(place, Scope::Pair, verdict, at, &mut events);
            }
            Verdict::KeyDead | Verdict::Misconfigured => {
                self.park_scope(place, Scope::Channel, verdict, at, &mut events);
            }
            Verdict::AccountParked => self.park_scope(place, Scope::Account, verdict, at, &mut events),
        }
        events
    }

    /// A mark against the model's breaker; a channel that is on trial for not answering probes has failed it.
    fn broken(&mut self, place: Place, at: At, events: &mut Vec<Event>) {
        let channel = &mut self.channels[place.channel];
        let opened = channel.offers[place.offer].breaker.failed(&self.options.breaker, at.tick);
        let failed_trial = channel.parking.is_on_trial_for(Verdict::Broken);
        if let Some(opened) = opened {
            let change =
                Change::BreakerOpened { failures: opened.failures, outcomes: opened.outcomes, again_in: opened.rest };
            events.push(Event { subject: self.subject(place, Scope::Offer), change });
        }
        if failed_trial {
            self.park_scope(place, Scope::Channel, Verdict::Broken, at, events);
        }
    }

    /// An upstream that refuses for its limits or for the model has accepted the key.
    fn key_works(&mut self, place: Place, events: &mut Vec<Event>) {
        self.recover(place, Scope::Channel, events);
        self.recover(place, Scope::Account, events);
    }

    fn recover(&mut self, place: Place, scope: Scope, events: &mut Vec<Event>) {
        if self.parking(place, scope).recover() {
            events.push(Event { subject: self.subject(place, scope), change: Change::Recovered });
        }
    }

    /// Parks what a verdict is about.
    pub(super) fn park_scope(&mut self, place: Place, scope: Scope, why: Verdict, at: At, events: &mut Vec<Event>) {
        let again_in = self.rest(why);
        if self.parking(place, scope).park(why, at.tick + again_in) {
            events.push(Event { subject: self.subject(place, scope), change: Change::Parked { why, again_in } });
        }
    }

    /// How long something rests: a channel that did not answer probes is back when it does, everything else is tried
    /// again when recovery is due.
    pub(super) fn rest(&self, why: Verdict) -> Duration {
        if why == Verdict::Broken { self.options.probe_every } else { self.options.recovery_every }
    }

    pub(super) fn parking(&mut self, place: Place, scope: Scope) -> &mut crate::parking::Parking {
        let channel = &mut self.channels[place.channel];
        match scope {
            Scope::Channel => &mut channel.parking,
            Scope::Account => &mut self.accounts[channel.account].parking,
            Scope::Pair => &mut self.pairs[channel.offers[place.offer].pair].parking,
            Scope::Offer => &mut channel.offers[place.offer].parking,
        }
    }

    pub(super) fn subject(&self, place: Place, scope: Scope) -> Subject {
        let channel = &self.channels[place.channel];
        let (name, account) = (|| channel.spec.name.clone(), || self.accounts[channel.account].name.clone());
        let model = || channel.offers[place.offer].upstream.clone();
        match scope {
            Scope::Channel => Subject::Channel(name()),
            Scope::Account => Subject::Account(account()),
            Scope::Pair => Subject::AccountModel { account: account(), model: model() },
            Scope::Offer => Subject::ChannelModel { channel: name(), model: model() },
        }
    }
}
