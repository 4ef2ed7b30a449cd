//! A channel as operators see it: what is known of it, what is in force, how it is now. The JSON routes and the console's
//! pages tell the same.

use std::{sync::Arc, time::Duration};

use gateway_ledger::{ChannelOverride, Parked};
use route_policy::{ChannelState, ChannelStatus, Router};
use serde_json::Value;
use tokio::time::Instant;

use super::{ChannelDefinition, Channels, Known};
use crate::gateway::Gateway;

/// One channel.
pub(crate) struct Seen {
    /// What is known of it.
    pub(crate) known: Arc<Known>,
    /// What operators changed about it.
    pub(crate) changed: ChannelOverride,
    /// What holds after that.
    pub(crate) in_force: ChannelDefinition,
    /// How it is now; `None` for one that cannot be used.
    pub(crate) status: Option<ChannelStatus>,
    /// What rests of it and of its account, and why.
    pub(crate) rests: Vec<Parked>,
    /// Endpoints that it does not serve a model at, as it said.
    pub(crate) lacks: Option<Vec<Value>>,
}

impl Channels {
    /// All channels by name, and how many requests wait for one with room.
    pub(crate) fn look(&self, gateway: &Gateway) -> (Vec<Seen>, usize) {
        let (status, waiting) = gateway.desk.read(|router, at| (router.status(at), router.waiting()));
        let all = self.all().into_iter().map(|known| self.seen(gateway, known, &status)).collect();
        (all, waiting)
    }

    /// The channel of a name.
    pub(crate) fn look_at(&self, gateway: &Gateway, name: &str) -> Option<Seen> {
        let known = self.known(name)?;
        Some(self.seen(gateway, known, &gateway.desk.read(Router::status)))
    }

    fn seen(&self, gateway: &Gateway, known: Arc<Known>, status: &[ChannelStatus]) -> Seen {
        let changed = self.changed(&known.name);
        let in_force = known.in_force(&changed);
        let rests = rests(gateway, &known.name, in_force.account.as_deref().unwrap_or(&known.name));
        let lacks = gateway.channels.load().named(&known.name).map(|channel| channel.fits.told(Instant::now()));
        let status = status.iter().find(|status| *status.name == known.name).cloned();
        Seen { known, changed, in_force, status, rests, lacks }
    }
}

impl Seen {
    /// The account that its key belongs to.
    pub(crate) fn account(&self) -> &str {
        self.in_force.account.as_deref().unwrap_or(&self.known.name)
    }

    /// Why it cannot be used, where it cannot.
    pub(crate) fn unusable(&self) -> Option<String> {
        self.known.usable.as_ref().err().map(ToString::to_string)
    }

    /// The word for how it is.
    pub(crate) fn state(&self) -> &'static str {
        self.status.as_ref().map_or("unusable", |status| status.state.name())
    }

    /// The models that callers may ask it for; `None` for one that cannot be used.
    pub(crate) fn models(&self) -> Option<Vec<String>> {
        let usable = self.known.usable.as_ref().ok()?;
        Some(usable.spec.models.iter().map(|offer| offer.public.to_string()).collect())
    }
}

/// What rests of a channel and of its account.
fn rests(gateway: &Gateway, name: &str, account: &str) -> Vec<Parked> {
    let of_it = |rest: &Parked| match rest.scope.as_str() {
        "account" | "account_model" => rest.subject == account,
        _ => rest.subject == name,
    };
    gateway.resting.now().into_iter().filter(of_it).collect()
}

/// Until it is tried again, where that is known.
pub(crate) const fn again_in(state: ChannelState) -> Option<Duration> {
    match state {
        ChannelState::Parked { again_in, .. }
        | ChannelState::BreakerOpen { again_in }
        | ChannelState::Paused { again_in } => Some(again_in),
        _ => None,
    }
}
