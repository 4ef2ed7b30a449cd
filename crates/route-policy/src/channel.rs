//! One channel: its settings, what is used of its limits, how it and its models are.

use std::{sync::Arc, time::Duration};

use crate::{
    ChannelSpec, ChannelState, Gauge, Lost, Meter, ModelStatus, Tick, Verdict,
    backoff::Backoff,
    breaker::Breaker,
    budget::BudgetBook,
    minute::{Fit, Minute},
    parking::Parking,
};

/// A channel, configured or remembered.
#[derive(Debug)]
pub(crate) struct Channel {
    pub(crate) spec: ChannelSpec,
    /// Not configured (any more): what it held still settles, nothing new goes to it.
    pub(crate) configured: bool,
    pub(crate) account: usize,
    /// By upstream model; never shrinks, because reservations name them by position.
    pub(crate) offers: Vec<Offer>,
    pub(crate) parking: Parking,
    /// Probes in a row without an answer.
    pub(crate) unanswered: u32,
    pub(crate) requests: Minute,
    pub(crate) tokens: Minute,
    pub(crate) in_flight: u32,
    pub(crate) budget: BudgetBook,
    pub(crate) first_byte: Option<Duration>,
    /// The last answer to a request.
    pub(crate) answered: Option<Tick>,
    pub(crate) last_error: Option<(Verdict, Tick)>,
    pub(crate) next_probe: Tick,
}

/// A model of a channel.
#[derive(Debug)]
pub(crate) struct Offer {
    pub(crate) upstream: Arc<str>,
    pub(crate) pair: usize,
    pub(crate) parking: Parking,
    pub(crate) overloaded: Backoff,
    pub(crate) breaker: Breaker,
}

impl Channel {
    /// One that is known by name only.
    pub(crate) fn new(name: Arc<str>) -> Self {
        let spec = ChannelSpec {
            account: name.clone(),
            group: name.clone(),
            name,
            models: Vec::new(),
            priority: 0,
            weight: 1,
            rpm: None,
            tpm: None,
            max_in_flight: None,
            budget_per_day: None,
            enabled: false,
        };
        Self {
            spec,
            configured: false,
            account: 0,
            offers: Vec::new(),
            parking: Parking::default(),
            unanswered: 0,
            requests: Minute::new(None),
            tokens: Minute::new(None),
            in_flight: 0,
            budget: BudgetBook::new(None),
            first_byte: None,
            answered: None,
            last_error: None,
            next_probe: Tick::default(),
        }
    }

    /// Takes new settings; what was used stays used.
    pub(crate) fn set(&mut self, spec: ChannelSpec) {
        self.requests.set_limit(spec.rpm.map(u64::from));
        self.tokens.set_limit(spec.tpm);
        self.budget.set_limit(spec.budget_per_day);
        self.configured = true;
        self.spec = spec;
    }

    /// Whether a request of `tokens` may go, as far as the channel's switch, health and limits are concerned; and
    /// whether it would be a canary.
    pub(crate) fn check(&mut self, offer: usize, tokens: u64, now: Tick) -> Result<bool, Lost> {
        if !self.spec.enabled {
            return Err(Lost::Disabled);
        }
        let offer = &self.offers[offer];
        let canary = self.parking.check()? | offer.parking.check()?;
        // Before all that passes: no waiting helps against it.
        if self.tokens.is_below(tokens) {
            return Err(Lost::TooLarge(Meter::Tokens));
        }
        if let Some(until) = offer.overloaded.resting(now) {
            return Err(Lost::CoolingDown { until });
        }
        let canary = canary | offer.breaker.check(now)?;
        if self.spec.max_in_flight.is_some_and(|most| self.in_flight >= most) {
            return Err(Lost::InFlightFull);
        }
        match self.requests.fits(1, now) {
            Fit::Yes => {}
            Fit::From(until) => return Err(Lost::RpmFull { until }),
            Fit::Never => return Err(Lost::TooLarge(Meter::Requests)),
        }
        match self.tokens.fits(tokens, now) {
            Fit::Yes => Ok(canary),
            Fit::From(until) => Err(Lost::TpmFull { until }),
            Fit::Never => Err(Lost::TooLarge(Meter::Tokens)),
        }
    }

    /// Counts a request.
    pub(crate) fn take(&mut self, tokens: u64, now: Tick) {
        self.in_flight += 1;
        self.requests.take(1, now);
        self.tokens.take(tokens, now);
    }

    /// Request `id` is the canary of whatever is on trial.
    pub(crate) fn send_canary(&mut self, offer: usize, id: u64) {
        self.parking.send_canary(id);
        let offer = &mut self.offers[offer];
        offer.parking.send_canary(id);
        offer.breaker.send_canary(id);
    }

    /// The canary's request is over.
    pub(crate) fn canary_over(&mut self, offer: usize, id: u64) {
        self.parking.canary_over(id);
        let offer = &mut self.offers[offer];
        offer.parking.canary_over(id);
        offer.breaker.canary_over(id);
    }

    /// A moving average of the last ten or so.
    pub(crate) fn note_first_byte(&mut self, first_byte: Duration) {
        self.first_byte = Some(self.first_byte.map_or(first_byte, |average| (average * 9 + first_byte) / 10));
    }

    /// What is used of its limits.
    pub(crate) fn gauges(&self, now: Tick) -> (Gauge, Gauge) {
        let gauge = |minute: &Minute| Gauge { used: minute.used(now), limit: minute.limit() };
        (gauge(&self.requests), gauge(&self.tokens))
    }

    /// The offer of an upstream model.
    pub(crate) fn offer(&self, upstream: &str) -> Option<usize> {
        self.offers.iter().position(|offer| *offer.upstream == *upstream)
    }
}

impl Offer {
    pub(crate) fn new(upstream: Arc<str>, pair: usize) -> Self {
        let (parking, overloaded, breaker) = (Parking::default(), Backoff::default(), Breaker::default());
        Self { upstream, pair, parking, overloaded, breaker }
    }

    /// How the model is on this channel, where it is not in order.
    pub(crate) fn status(&self, pair: Option<ChannelState>, now: Tick) -> Option<ModelStatus> {
        let overloaded =
            || self.overloaded.resting(now).map(|until| ChannelState::Paused { again_in: until.since(now) });
        let state = self.parking.state(now).or_else(|| self.breaker.state(now)).or(pair).or_else(overloaded);
        Some(ModelStatus { model: self.upstream.clone(), state: state? })
    }
}
