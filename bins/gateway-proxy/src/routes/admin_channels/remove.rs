//! `DELETE /admin/channels/{name}`.

use axum::{
    Extension, Json,
    extract::{Path, State},
};
use daemon_kit::problem::Problem;
use serde_json::{Value, json};

use super::Shared;
use crate::admin::Caller;

/// Removes a stored channel with its key: `{"removed": "name"}`. Requests that run on it come to their end.
pub(super) async fn delete(
    State(shared): State<Shared>,
    Path(name): Path<String>,
    Extension(caller): Extension<Caller>,
) -> Result<Json<Value>, Problem> {
    let removed = shared.channels.remove(&shared.gateway, &name, caller.name()).await;
    removed.map_err(|error| shared.refused(&name, error))?;
    Ok(Json(json!({ "removed": name })))
}
