//! `POST /admin/channels/{name}/probe`.

use axum::{
    Extension, Json,
    extract::{Path, State},
};
use daemon_kit::problem::Problem;
use serde_json::{Value, json};

use super::Shared;
use crate::admin::{self, Caller, Probed};

/// Asks the channel for a sign of life now, free of charge:
/// `{"channel", "outcome": "ok" | "refused" | "unreachable", "ms", "detail", "models"}`.
pub(super) async fn post(
    State(shared): State<Shared>,
    Path(name): Path<String>,
    Extension(caller): Extension<Caller>,
) -> Result<Json<Value>, Problem> {
    let probed = admin::probe(&shared.gateway, &shared.channels, &name, caller.name()).await?;
    let Probed { outcome, ms, detail, models } = probed;
    Ok(Json(json!({"channel": name, "outcome": outcome, "ms": ms, "detail": detail, "models": models})))
}
