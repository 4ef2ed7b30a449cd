//! `GET /profiles/{name}/diff`: how a profile differs between two commits.

use std::sync::Arc;

use axum::{
    Extension, Json,
    extract::{Path, RawQuery, State},
};
use daemon_kit::{body::missing, problem::Problem};
use profile_store::FileState;
use serde_json::{Value, json};

use super::{
    profiles_access::{Refused, look, name},
    profiles_query::Query,
};
use crate::{auth::Actor, registry::Registry};

/// `?from&to`: `{from, to, files: [{path, status, diff}]}`; `to` is now, without one. `status` is `added`, `changed` or `deleted`;
/// `diff` is a unified one, null where one side is no text.
pub(crate) async fn get(
    State(registry): State<Arc<Registry>>,
    Extension(actor): Extension<Actor>,
    Path(text): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, Problem> {
    let query = Query::read(query.as_deref(), &["from", "to"])?;
    let (profile, to) = (name(&text)?, query.commit("to")?);
    let from = query.commit("from")?.ok_or_else(|| missing("from", "a commit's whole id"))?;
    let read = registry.git(move |store| {
        let (_, _, old) = look(store, &actor, &profile, Some(from))?;
        let (_, _, new) = look(store, &actor, &profile, to)?;
        Ok::<_, Refused>((new.id(), store.diff(&profile, old.id(), new.id())?))
    });
    let (to, changes) = read.await?;
    let files = changes.into_iter().map(|change| {
        let status = match change.state {
            FileState::Added => "added",
            FileState::Modified => "changed",
            FileState::Deleted => "deleted",
        };
        json!({"path": change.path, "status": status, "diff": change.patch})
    });
    let files: Vec<Value> = files.collect();
    Ok(Json(json!({"from": from.to_string(), "to": to.to_string(), "files": files})))
}
