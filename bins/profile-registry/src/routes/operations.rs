//! `GET /operations/{id}`: what became of an operation, for whoever began it.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, Request, State},
    http::{HeaderMap, StatusCode},
};
use daemon_kit::problem::Problem;
use serde_json::Value;

use super::begun;
use crate::{
    auth::{address, bearer, too_many},
    failure,
    registry::Registry,
};

/// The bearer token is the secret from the beginning. The owner's token is in the answer once: `{…, owner, token}`. Guesses
/// are counted by address.
pub(crate) async fn get(
    State(registry): State<Arc<Registry>>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Json<Value>, Problem> {
    let told = tell(&registry, &id, request.headers()).await;
    if let Err(problem) = &told
        && matches!(problem.status(), StatusCode::UNAUTHORIZED | StatusCode::NOT_FOUND)
    {
        let address = address(&registry, request.headers(), request.extensions());
        registry.limiter.admit(address, registry.clock.now()).map_err(too_many)?;
    }
    told.map(Json)
}

async fn tell(registry: &Registry, id: &str, headers: &HeaderMap) -> Result<Value, Problem> {
    let id = begun::operation_id(id)?;
    let poll = bearer(headers).ok_or_else(|| failure::unauthorized(false))?;
    let collected = registry.operations.collect(&id, poll, registry.clock.now()).await.map_err(failure::operation)?;
    let mut told = begun::shown(&collected.operation);
    if let Some(token) = &collected.token {
        told["owner"] = collected.operation.to.clone().into();
        told["token"] = token.expose().into();
    }
    Ok(told)
}
