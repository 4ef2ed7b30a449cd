//! From what is known to the router's specifications and the relay's table.

use std::sync::Arc;

use route_policy::{ChannelSpec, GroupSpec};

use super::{Channels, book::State};
use crate::{
    channel_table::{Channel, ChannelTable},
    gateway::Gateway,
};

impl Channels {
    /// Puts what is known into force, while requests run.
    pub(super) fn apply(&self, gateway: &Gateway) {
        // Held to the end: of two changes the later one is in force.
        let state = self.state();
        let usable = || state.known.values().filter_map(|known| Some((known, known.usable.as_ref().ok()?)));
        let specs: Vec<ChannelSpec> = usable()
            .map(|(known, usable)| {
                let in_force = known.in_force(&state.overrides.get(&known.name).cloned().unwrap_or_default());
                ChannelSpec {
                    enabled: in_force.enabled,
                    budget_per_day: in_force.budget_cny_per_day.0,
                    priority: in_force.priority,
                    weight: in_force.weight,
                    ..usable.spec.clone()
                }
            })
            .collect();
        let groups = self.groups(&state);
        gateway.desk.act(|router, at| {
            router.configure(specs, groups, gateway.prices.load_full(), at);
            let channels = usable().filter_map(|(_, usable)| {
                let key = router.key(&usable.spec.name)?;
                let (name, account) = (usable.spec.name.clone(), usable.spec.account.clone());
                Some(Channel::new(key, name, account, usable.dialect, usable.target.clone()))
            });
            gateway.channels.store(Arc::new(ChannelTable::new(channels)));
        });
    }

    /// Limits of whole accounts; by the second where a channel's upstream counts so, unless the configuration knows better.
    fn groups(&self, state: &State) -> Vec<GroupSpec> {
        let by_second = |account: &str| {
            let usable = state.known.values().filter_map(|known| known.usable.as_ref().ok());
            usable.filter(|usable| &*usable.spec.account == account).any(|usable| usable.dialect.per_second_limits())
        };
        let accounts = self.accounts.iter().map(|account| (account, by_second(&account.name)));
        let groups = accounts.flat_map(|(account, by_second)| {
            account.limits.iter().map(move |limit| GroupSpec {
                account: account.name.as_str().into(),
                model: limit.model.as_str().into(),
                rpm: limit.rpm,
                tpm: limit.tpm,
                per_second: limit.per_second.unwrap_or(by_second),
                growth: None,
            })
        });
        groups.collect()
    }
}
