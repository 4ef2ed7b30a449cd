//! `PATCH /admin/channels/{name}`.

use axum::{
    Extension, Json,
    body::Body,
    extract::{Path, State},
};
use daemon_kit::problem::Problem;
use serde_json::Value;

use super::Shared;
use crate::{
    admin::{Caller, parse_body, read_body},
    channels::Change,
};

/// Changes what the body names; `null` is again what the definition says. Answers the channel as it is then.
pub(super) async fn patch(
    State(shared): State<Shared>,
    Path(name): Path<String>,
    Extension(caller): Extension<Caller>,
    body: Body,
) -> Result<Json<Value>, Problem> {
    let change: Change = parse_body(&read_body(body).await?, &Change::FIELDS)?;
    if change.is_empty() {
        return Err(Problem::invalid("body", "the body changes nothing").allowed(Change::FIELDS.map(|(name, _)| name)));
    }
    let changed = shared.channels.change(&shared.gateway, &name, change, caller.name()).await;
    changed.map_err(|error| shared.refused(&name, error))?;
    shared.find(&name).map(Json).ok_or_else(|| shared.unknown(&name))
}
