//! A channel as it is told. Never its key: only what tells keys apart.

use route_policy::{ChannelState, ChannelStatus};
use serde_json::{Value, json};

use crate::channels::{Seen, again_in};

/// What is known of it, what is in force, and how it is; the latter is `null` for a channel that cannot be used.
pub(super) fn told(seen: &Seen) -> Value {
    let Seen { known, changed, in_force, status, rests, lacks } = seen;
    let rests = rests.iter().map(|rest| {
        json!({"what": rest.scope, "model": rest.model, "verdict": rest.verdict, "reason": rest.reason,
               "since": rest.since})
    });
    let mut told = json!({
        "name": known.name,
        "origin": known.origin.name(),
        "account": seen.account(),
        "group": in_force.group,
        "dialect": in_force.dialect,
        "base_url": known.usable.as_ref().ok().map(|usable| usable.target.base_url()),
        "key_fingerprint": known.key_fingerprint,
        "enabled": in_force.enabled,
        "state": seen.state(),
        "unusable": seen.unusable(),
        "models": seen.models(),
        "priority": in_force.priority,
        "weight": in_force.weight,
        "budget_cny_per_day": in_force.budget_cny_per_day,
        "changed": changed,
        "definition": known.definition,
        "rests": rests.collect::<Vec<_>>(),
        "lacks": lacks,
    });
    if let (Some(status), Some(told)) = (status, told.as_object_mut()) {
        told.extend(now(status).as_object().cloned().unwrap_or_default());
    }
    told
}

/// How it is now.
fn now(status: &ChannelStatus) -> Value {
    let budget = &status.budget;
    let again = |state: ChannelState| again_in(state).map(|time| time.as_secs());
    let models = status
        .models
        .iter()
        .map(|model| json!({"model": model.model, "state": model.state.name(), "again_in_s": again(model.state)}));
    json!({
        "again_in_s": again(status.state),
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
