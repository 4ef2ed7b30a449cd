//! `GET /profiles/{name}/history`: what changed, when, and by whom.

use std::sync::Arc;

use axum::{
    Extension, Json,
    extract::{Path, RawQuery, State},
};
use daemon_kit::problem::Problem;
use serde_json::{Value, json};

use super::{
    profiles_access::{Refused, name, reader, see},
    profiles_query::Query,
};
use crate::{auth::Actor, registry::Registry};

const PAGE: usize = 20;
const PAGE_MAX: usize = 200;

/// `?limit&before`: `{entries: [{commit, author, at, message, content_id, paths}], next}`, newest first; `next` is the `before` of
/// the next page. An owner sees what was changed while the profile was theirs; so a page may have fewer entries, and a next
/// one all the same.
pub(crate) async fn get(
    State(registry): State<Arc<Registry>>,
    Extension(actor): Extension<Actor>,
    Path(text): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, Problem> {
    let query = Query::read(query.as_deref(), &["limit", "before"])?;
    let (profile, before, limit) = (name(&text)?, query.commit("before")?, query.limit(PAGE, PAGE_MAX)?);
    let read = registry.git(move |store| {
        see(&store.head()?, &actor, &profile)?;
        Ok::<_, Refused>(store.history_for(&reader(&actor), &profile, limit, before)?)
    });
    let page = read.await?;
    let entries = page.entries.iter().map(|told| {
        json!({
            "commit": told.entry.id.to_string(),
            "author": told.entry.author,
            "at": told.entry.at,
            "message": told.entry.message,
            "content_id": told.entry.content_id,
            "paths": told.paths,
        })
    });
    let entries: Vec<Value> = entries.collect();
    Ok(Json(json!({"entries": entries, "next": page.next.map(|next| next.to_string())})))
}
