//! `POST /admin/channels/{name}/probe`.

use axum::{
    Json,
    extract::{Path, State},
};
use daemon_kit::problem::Problem;
use llm_upstream::ProbeResult;
use serde_json::{Value, json};

use super::Shared;
use crate::health;

/// Asks the channel for a sign of life now, free of charge:
/// `{"channel", "outcome": "ok" | "refused" | "unreachable", "ms", "detail", "models"}`.
pub(super) async fn post(State(shared): State<Shared>, Path(name): Path<String>) -> Result<Json<Value>, Problem> {
    let table = shared.gateway.channels.load_full();
    let Some(channel) = table.named(&name) else {
        let known = shared.channels.known(&name).ok_or_else(|| shared.unknown(&name))?;
        let unusable = known.usable.as_ref().err().cloned();
        return Err(unusable.map_or_else(|| shared.unknown(&name), |error| shared.refused(&name, error.into())));
    };
    let probe = health::probe(&shared.gateway, channel).await;
    let (detail, models) = match &probe.result {
        ProbeResult::Ok { models } => (None, Some(models)),
        ProbeResult::Refused(refused) => (Some(&refused.error.message), None),
        ProbeResult::Unreachable { error } => (Some(error), None),
    };
    let ms = u64::try_from(probe.latency.as_millis()).unwrap_or(u64::MAX);
    let outcome = health::name(&probe.result);
    Ok(Json(json!({"channel": name, "outcome": outcome, "ms": ms, "detail": detail, "models": models})))
}
