//! `DELETE /admin/tokens/{id}`.

use axum::{
    Extension, Json,
    extract::{Path, State},
};
use daemon_kit::problem::Problem;
use serde_json::{Value, json};

use super::TokensState;
use crate::{
    admin::{Caller, problem},
    tokens::shown,
};

/// Revokes a token: `{"token": {…}}`. The gateway itself refuses it from then on, the other daemons within seconds, or
/// within a minute of Redis' return. Revoking it again changes nothing.
pub(super) async fn delete(
    State(about): State<TokensState>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let token = about.tokens.revoke(&id, caller.name()).await.map_err(problem)?;
    Ok(Json(json!({ "token": shown(&token, about.clock.now()) })))
}
