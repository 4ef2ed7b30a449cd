//! A channel as it is told. Never its key: only what tells keys apart.

use std::time::Duration;

use route_policy::{ChannelState, ChannelStatus};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::Shared;
use crate::channels::Known;

impl Shared {
    /// What is known of it, what is in force, and how it is; the latter is `null` for a channel that cannot be used.
    pub(super) fn told(&self, known: &Known, status: Option<&ChannelStatus>) -> Value {
        let changed = self.channels.changed(&known.name);
        let in_force = known.in_force(&changed);
        let unusable = known.usable.as_ref().err().map(ToString::to_string);
        let account = in_force.account.as_deref().unwrap_or(&known.name);
        let mut told = json!({
            "name": known.name,
            "origin": known.origin.name(),
            "account": account,
            "group": in_force.group,
            "dialect": in_force.dialect,
            "base_url": known.usable.as_ref().ok().map(|usable| usable.target.base_url()),
            "key_fingerprint": known.key_fingerprint,
            "enabled": in_force.enabled,
            "state": status.map_or("unusable", |status| status.state.name()),
            "unusable": unusable,
            "models": known.usable.as_ref().ok().map(|usable| {
                usable.spec.models.iter().map(|offer| offer.public.to_string()).collect::<Vec<_>>()
            }),
            "priority": in_force.priority,
            "weight": in_force.weight,
            "budget_cny_per_day": in_force.budget_cny_per_day,
            "changed": changed,
            "definition": known.definition,
            "rests": self.rests(&known.name, account),
            "lacks": self.gateway.channels.load().named(&known.name).map(|channel| channel.fits.told(Instant::now())),
        });
        if let (Some(status), Some(told)) = (status, told.as_object_mut()) {
            told.extend(now(status).as_object().cloned().unwrap_or_default());
        }
        told
    }

    /// What rests of the channel and its account, and why.
    fn rests(&self, name: &str, account: &str) -> Vec<Value> {
        let all = self.gateway.resting.now();
        let of_it = all.iter().filter(|rest| match rest.scope.as_str() {
            "account" | "account_model" => rest.subject == account,
            _ => rest.subject == name,
        });
        of_it
            .map(|rest| {
                json!({"what": rest.scope, "model": rest.model, "verdict": rest.verdict, "reason": rest.reason,
                       "since": rest.since})
            })
            .collect()
    }
}

/// How it is now.
fn now(status: &ChannelStatus) -> Value {
    let budget = &status.budget;
    let models = status
        .models
        .iter()
        .map(|model| json!({"model": model.model, "state": model.state.name(), "again_in_s": again_in(model.state)}));
    json!({
        "again_in_s": again_in(status.state),
        "model_states": models.collect::<Vec<_>>(),
        "rpm": {"used": status.rpm.used, "limit": status.rpm.limit},
        "tpm": {"used": status.tpm.used, "limit": status.tpm.limit},
        "in_flight": status.in_flight,
        "max_in_flight": status.max_in_flight,
        "budget": {
            "day": budget.day,
            "limit_cny": budget.limit,
            "settled_cny": budget.settled,
            "reserved_cny": budget.reserved,
            "leased_cny": budget.leased,
            "breached_cny": budget.breached,
        },
        "first_byte_ms": status.first_byte.map(|time| u64::try_from(time.as_millis()).unwrap_or(u64::MAX)),
        "last_error": status.last_error.map(|(verdict, ago)| json!({"verdict": verdict, "seconds_ago": ago.as_secs()})),
        "next_probe_s": status.next_probe.map(|time| time.as_secs()),
    })
}

/// Until it is tried again, in seconds, where that is known.
fn again_in(state: ChannelState) -> Option<u64> {
    let seconds = |time: Duration| time.as_secs();
    match state {
        ChannelState::Parked { again_in, .. }
        | ChannelState::BreakerOpen { again_in }
        | ChannelState::Paused { again_in } => Some(seconds(again_in)),
        _ => None,
    }
}
