//! `POST /login`: an owner wants a token.

use std::sync::Arc;

use axum::{Json, extract::State, http::StatusCode};
use daemon_kit::problem::Problem;
use serde_json::Value;

use super::begun;
use crate::{failure, registry::Registry};

/// Answers 201 with where to prove who one is.
pub(crate) async fn post(State(registry): State<Arc<Registry>>) -> Result<(StatusCode, Json<Value>), Problem> {
    begun::require_telegram(&registry)?;
    registry.owners().await.map_err(failure::store)?;
    let begun = registry.operations.begin_login(registry.clock.now()).await.map_err(failure::operation)?;
    Ok(begun::answer(&registry, &begun))
}
