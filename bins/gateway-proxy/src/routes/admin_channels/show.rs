//! `GET /admin/channels/{name}`.

use axum::{
    Json,
    extract::{Path, State},
};
use daemon_kit::problem::Problem;
use serde_json::Value;

use super::Shared;

/// One channel.
pub(super) async fn get(State(shared): State<Shared>, Path(name): Path<String>) -> Result<Json<Value>, Problem> {
    shared.find(&name).map(Json).ok_or_else(|| shared.unknown(&name))
}
