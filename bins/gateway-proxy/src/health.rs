//! Asks channels for a sign of life: all of them every few minutes, resting ones less often. Free of charge, at addresses
//! that cost nothing. What is due is the router's decision: never a channel that an operator switched off or whose budget is
//! nothing.

use std::{collections::HashSet, sync::Arc, time::Duration};

use llm_upstream::{Probe, ProbeResult};
use route_policy::{ChannelKey, ProbeOutcome, Router, Verdict};
use tokio_util::sync::CancellationToken;

use crate::{channel_table::Channel, gateway::Gateway, jitter::Jitter};

/// How often the router is asked what is due; probes themselves are as rare as it says.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Probes what is due, until `shutdown`. Each probe but a channel's first is put off by up to `spread`, so that gateways
/// that started together do not ask together; one that takes long holds up no other.
pub(crate) async fn keep(gateway: Arc<Gateway>, spread: Duration, shutdown: CancellationToken) {
    let mut jitter = Jitter::new(gateway.time.clock().now());
    let mut met = HashSet::new();
    let mut looks = tokio::time::interval(LOOK_EVERY);
    looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while shutdown.run_until_cancelled(looks.tick()).await.is_some() {
        for due in gateway.desk.act(Router::due_probes) {
            let by = if met.insert(due.channel) { Duration::ZERO } else { jitter.within(spread) };
            let later = put_off(gateway.clone(), due.channel, by);
            let shutdown = shutdown.clone();
            gateway.tasks.spawn(async move { shutdown.run_until_cancelled(later).await });
        }
    }
}

async fn put_off(gateway: Arc<Gateway>, channel: ChannelKey, by: Duration) {
    tokio::time::sleep(by).await;
    // It may have been removed meanwhile.
    if let Some(channel) = gateway.channels.load_full().get(channel) {
        probe(&gateway, channel).await;
    }
}

/// Asks one channel, and tells the router and everybody who has to know.
pub(crate) async fn probe(gateway: &Gateway, channel: &Channel) -> Probe {
    let probe = gateway.upstreams.probe(&channel.target).await;
    let (outcome, reason) = match &probe.result {
        ProbeResult::Ok { .. } => (ProbeOutcome::Ok { latency: probe.latency }, String::new()),
        // An upstream without a list of models says that there is nothing at that address.
        ProbeResult::Refused(refused) if refused.verdict == Verdict::Misconfigured => {
            (ProbeOutcome::Unsupported, refused.error.message.clone())
        }
        ProbeResult::Refused(refused) => {
            (ProbeOutcome::Refused { verdict: refused.verdict }, refused.error.message.clone())
        }
        ProbeResult::Unreachable { error } => (ProbeOutcome::Unreachable, error.clone()),
    };
    metrics::counter!("gateway_probes_total", "channel" => channel.name.to_string(), "outcome" => name(&probe.result))
        .increment(1);
    let events = gateway.desk.act(|router, at| router.probed(channel.key, outcome, at));
    gateway.note(events, &reason);
    probe
}

/// The word for what came of a probe, in metrics and answers.
pub(crate) const fn name(result: &ProbeResult) -> &'static str {
    match result {
        ProbeResult::Ok { .. } => "ok",
        ProbeResult::Refused(_) => "refused",
        ProbeResult::Unreachable { .. } => "unreachable",
    }
}
