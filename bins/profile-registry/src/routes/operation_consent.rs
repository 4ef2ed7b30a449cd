//! `POST /operations/{id}/consent`: an owner agrees to a transfer, with a token.

use std::sync::Arc;

use axum::{
    Extension, Json,
    extract::{Path, State},
    http::StatusCode,
};
use daemon_kit::problem::Problem;
use serde_json::Value;

use super::{begun, operation_telegram::not_carried_out};
use crate::{Kind, auth::Actor, failure, operations, registry::Registry};

/// For either side. A claim or a login is no transfer: a token that leaked must not make further ones.
pub(crate) async fn post(
    State(registry): State<Arc<Registry>>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let owner = actor.require_owner()?;
    let id = begun::operation_id(&id)?;
    registry.owners().await.map_err(failure::store)?;
    let operation = registry.operations.get(&id).await.map_err(failure::operation)?;
    if operation.kind != Kind::Transfer {
        let detail = format!("a {} is proved by Telegram, not by a token", operation.kind.name());
        return Err(Problem::new(StatusCode::CONFLICT, "no-transfer", "The operation is no transfer", detail));
    }
    let now = registry.clock.now();
    let operation = registry.operations.prove_by_token(&id, owner.as_str(), now).await.map_err(failure::operation)?;
    let operation = operations::carry_out(&registry, &operation.id).await.map_err(not_carried_out)?;
    Ok(Json(begun::shown(&operation)))
}
