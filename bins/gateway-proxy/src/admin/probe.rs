//! A probe that an operator asks for.

use daemon_kit::problem::Problem;
use gateway_ledger::AuditEntry;
use llm_upstream::{Probe, ProbeResult};
use serde_json::json;

use super::{refused, unknown_channel};
use crate::{channels::Channels, gateway::Gateway, health};

/// What came of it.
pub(crate) struct Probed {
    /// `ok`, `refused` or `unreachable`.
    pub(crate) outcome: &'static str,
    /// How long it took, in milliseconds.
    pub(crate) ms: u64,
    /// The upstream's words, or what failed.
    pub(crate) detail: Option<String>,
    /// The models that the upstream lists.
    pub(crate) models: Option<Vec<String>>,
}

/// Asks a channel for a sign of life now, free of charge, and notes in the audit log who wanted it.
///
/// # Errors
/// 404 for a channel that is not there, 400 for one that cannot be used.
pub(crate) async fn probe(gateway: &Gateway, channels: &Channels, name: &str, actor: &str) -> Result<Probed, Problem> {
    let table = gateway.channels.load_full();
    let Some(channel) = table.named(name) else {
        let known = channels.known(name).ok_or_else(|| unknown_channel(channels, name))?;
        let unusable = known.usable.as_ref().err().cloned();
        return Err(
            unusable.map_or_else(|| unknown_channel(channels, name), |error| refused(channels, name, error.into()))
        );
    };
    let Probe { result, latency } = health::probe(gateway, channel).await;
    let outcome = health::name(&result);
    let ms = u64::try_from(latency.as_millis()).unwrap_or(u64::MAX);
    let (detail, models) = match result {
        ProbeResult::Ok { models } => (None, Some(models)),
        ProbeResult::Refused(refused) => (Some(refused.error.message), None),
        ProbeResult::Unreachable { error } => (Some(error), None),
    };
    let entry = AuditEntry {
        at: gateway.time.clock().now(),
        actor: actor.to_owned(),
        action: "channel.probe".into(),
        subject: name.to_owned(),
        before: None,
        after: Some(json!({"outcome": outcome, "ms": ms, "detail": detail})),
    };
    if let Err(error) = gateway.ledger.audit(entry).await {
        // What came of it is worth more than the line.
        tracing::warn!(error = %error, "an entry of the audit log was not written: {error}");
    }
    Ok(Probed { outcome, ms, detail, models })
}
