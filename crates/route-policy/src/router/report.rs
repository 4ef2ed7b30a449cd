//! How the channels are.

use std::sync::Arc;

use super::Router;
use crate::{At, ChannelKey, ChannelState, ChannelStatus, ModelStatus, Tick, channel::Channel};

impl Router {
    /// How the configured channels are, by name.
    pub fn status(&self, at: At) -> Vec<ChannelStatus> {
        let mut now = self.now;
        let at = now.notice(at);
        let mut status: Vec<_> = self
            .configured
            .iter()
            .map(|position| {
                let channel = &self.channels[*position];
                let budget = channel.budget.status(now.today());
                self.channel_status(ChannelKey::from_index(*position), channel, budget, at.tick)
            })
            .collect();
        status.sort_by(|one, other| one.name.cmp(&other.name));
        status
    }

    /// Public names of all models that some enabled channel offers, in order.
    pub fn models(&self) -> Vec<Arc<str>> {
        let enabled = self.configured.iter().map(|position| &self.channels[*position].spec).filter(|spec| spec.enabled);
        let mut names: Vec<_> = enabled.flat_map(|spec| &spec.models).map(|model| model.public.clone()).collect();
        names.sort();
        names.dedup();
        names
    }

    fn channel_status(
        &self,
        key: ChannelKey,
        channel: &Channel,
        budget: crate::BudgetStatus,
        now: Tick,
    ) -> ChannelStatus {
        let spec = &channel.spec;
        let (rpm, tpm) = channel.gauges(now);
        let models = self.models_out_of_order(channel, now);
        let probed = spec.enabled && !channel.budget.is_spent(budget.day);
        ChannelStatus {
            key,
            name: spec.name.clone(),
            account: spec.account.clone(),
            group: spec.group.clone(),
            priority: spec.priority,
            weight: spec.weight,
            state: self.state(channel, &models, budget, now),
            models,
            rpm,
            tpm,
            in_flight: channel.in_flight,
            max_in_flight: spec.max_in_flight,
            budget,
            first_byte: channel.first_byte,
            last_error: channel.last_error.map(|(verdict, tick)| (verdict, now.since(tick))),
            next_probe: probed.then(|| channel.next_probe.since(now)),
        }
    }

    /// As a whole: by the operator, by its own and its account's rest, by money; or as all of its models are.
    fn state(&self, channel: &Channel, models: &[ModelStatus], budget: crate::BudgetStatus, now: Tick) -> ChannelState {
        if !channel.spec.enabled {
            return ChannelState::Disabled;
        }
        let rests = channel.parking.state(now).or_else(|| self.accounts[channel.account].parking.state(now));
        if let Some(state) = rests {
            return state;
        }
        if channel.budget.is_spent(budget.day) {
            return ChannelState::BudgetSpent;
        }
        let all = models.len() == offered(channel).count();
        models.first().filter(|_| all).map_or(ChannelState::Healthy, |first| first.state)
    }

    fn models_out_of_order(&self, channel: &Channel, now: Tick) -> Vec<ModelStatus> {
        let status = |offer: &crate::channel::Offer| {
            let pair = &self.pairs[offer.pair];
            let paused = || pair.paused(now).map(|until| ChannelState::Paused { again_in: until.since(now) });
            offer.status(pair.parking.state(now).or_else(paused), now)
        };
        offered(channel).filter_map(status).collect()
    }
}

/// What it offers now; it remembers models that it offered before.
fn offered(channel: &Channel) -> impl Iterator<Item = &crate::channel::Offer> {
    let models = &channel.spec.models;
    channel.offers.iter().filter(|offer| models.iter().any(|model| model.upstream == offer.upstream))
}
