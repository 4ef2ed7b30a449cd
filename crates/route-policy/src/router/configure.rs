//! A new configuration, while requests run.

use std::{collections::HashMap, sync::Arc, time::Duration};

use super::Router;
use crate::{
    At, ChannelSpec, GroupSpec, PriceTable, Tick,
    channel::{Channel, Offer},
    lane::{Candidate, Lane},
    pair::{Account, Pair},
    parking::Parking,
};

/// First probes come one after the other.
const PROBES_APART: Duration = Duration::from_millis(200);
/// What a request counts for in the fair queue where no limits say it.
const REQUEST_COST: u64 = 1_000;

impl Router {
    /// Takes a new configuration. State is kept by name: what was used and spent, what rests, what runs. A channel that
    /// is not in it takes nothing new; what it holds still settles.
    pub fn configure(&mut self, channels: Vec<ChannelSpec>, groups: Vec<GroupSpec>, prices: Arc<PriceTable>, at: At) {
        let now = self.now.notice(at).tick;
        self.prices = Some(prices);
        self.groups = groups;
        for channel in &mut self.channels {
            channel.configured = false;
        }
        self.configured.clear();
        for spec in channels {
            self.configure_channel(spec, now);
        }
        self.apply_groups(now);
        self.rebuild_lanes();
        self.leases_due = true;
    }

    /// New prices, nothing else. What is reserved stays as it is.
    pub fn set_prices(&mut self, prices: Arc<PriceTable>) {
        self.prices = Some(prices);
    }

    /// The position of a channel, whether it is configured or only known by name.
    pub(super) fn position(&mut self, name: &str) -> usize {
        if let Some(position) = self.positions.get(name) {
            return *position;
        }
        let name: Arc<str> = name.into();
        self.channels.push(Channel::new(name.clone()));
        self.positions.insert(name, self.channels.len() - 1);
        self.channels.len() - 1
    }

    pub(super) fn account(&mut self, name: &Arc<str>) -> usize {
        if let Some(position) = self.account_positions.get(name) {
            return *position;
        }
        self.accounts.push(Account { name: name.clone(), parking: Parking::default() });
        self.account_positions.insert(name.clone(), self.accounts.len() - 1);
        self.accounts.len() - 1
    }

    pub(super) fn pair(&mut self, account: usize, model: &Arc<str>) -> usize {
        let key = (account, model.clone());
        if let Some(position) = self.pair_positions.get(&key) {
            return *position;
        }
        self.pairs.push(Pair::new(account, model.clone()));
        self.pair_positions.insert(key, self.pairs.len() - 1);
        self.pairs.len() - 1
    }

    /// Lanes by the specifications as they are; whose turn it is stays.
    pub(super) fn rebuild_lanes(&mut self) {
        let mut lanes: HashMap<Arc<str>, Lane> = HashMap::new();
        for position in &self.configured {
            let channel = &self.channels[*position];
            let spec = &channel.spec;
            for model in &spec.models {
                let Some(offer) = channel.offer(&model.upstream) else { continue };
                let lane = lanes.entry(model.public.clone()).or_default();
                if lane.candidates.last().is_none_or(|last| last.channel != *position) {
                    lane.candidates.push(Candidate::new(*position, offer, spec.priority, spec.weight));
                }
                let share = spec.tpm.zip(spec.rpm.filter(|rpm| *rpm > 0)).map(|(tpm, rpm)| tpm / u64::from(rpm));
                let cost = share.unwrap_or(REQUEST_COST);
                lane.request_cost = if lane.request_cost == 0 { cost } else { lane.request_cost.min(cost) };
            }
        }
        for (model, lane) in &mut lanes {
            lane.settle_in(self.lanes.get(model));
        }
        self.lanes = lanes;
    }

    fn configure_channel(&mut self, spec: ChannelSpec, now: Tick) {
        let position = self.position(&spec.name);
        if self.channels[position].configured {
            // A second one of the same name: names are unique by the configuration's own check.
            return;
        }
        let account = self.account(&spec.account);
        for model in &spec.models {
            let pair = self.pair(account, &model.upstream);
            let channel = &mut self.channels[position];
            match channel.offer(&model.upstream) {
                Some(offer) => channel.offers[offer].pair = pair,
                None => channel.offers.push(Offer::new(model.upstream.clone(), pair)),
            }
        }
        let probes_apart = PROBES_APART * u32::try_from(self.configured.len()).unwrap_or(u32::MAX);
        let channel = &mut self.channels[position];
        if channel.next_probe == Tick::default() {
            channel.next_probe = now + probes_apart;
        }
        channel.account = account;
        channel.set(spec);
        self.configured.push(position);
    }

    fn apply_groups(&mut self, now: Tick) {
        for pair in &mut self.pairs {
            let account = &self.accounts[pair.account].name;
            let of = |model: &str| self.groups.iter().find(|group| group.account == *account && *group.model == *model);
            pair.set_group(of(&pair.model).or_else(|| of("*")), now);
        }
    }
}
