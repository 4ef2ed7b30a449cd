//! `GET /profiles` and `GET /profiles/{name}`: which there are, and what is in one.

use std::{collections::BTreeSet, sync::Arc};

use axum::{
    Extension, Json,
    extract::{Path, RawQuery, State},
};
use daemon_kit::problem::Problem;
use profile_store::ProfileName;
use serde_json::{Value, json};

use super::{
    profiles_access::{Refused, look, name},
    profiles_query::Query,
    profiles_row::{paid, row},
};
use crate::{auth::Actor, failure, registry::Registry};

const PAGE: usize = 200;
const PAGE_MAX: usize = 1_000;

/// `GET /profiles?after&limit`: `{head, profiles: [row], next}`, by name: an owner's own, everything for hosts and operators;
/// `next` is the `after` of the next page.
pub(crate) async fn list(
    State(registry): State<Arc<Registry>>,
    Extension(actor): Extension<Actor>,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, Problem> {
    let query = Query::read(query.as_deref(), &["after", "limit"])?;
    let (after, limit) = (query.text("after").unwrap_or_default().to_owned(), query.limit(PAGE, PAGE_MAX)?);
    let read = registry.git(move |store| {
        let now = store.head()?;
        let (owners, contents) = (now.owners()?, now.content_ids()?);
        let mut names: BTreeSet<&ProfileName> = match &actor {
            Actor::Owner(id) => owners.profiles_of(id).collect(),
            _ => owners.lines().map(|line| &line.profile).chain(contents.keys()).collect(),
        };
        names.retain(|name| name.as_str() > after.as_str());
        let more = names.len() > limit;
        let page = names
            .into_iter()
            .take(limit)
            .map(|name| (name.clone(), owners.line(name).cloned(), contents.get(name).cloned()));
        Ok::<_, Refused>((now.id(), page.collect::<Vec<_>>(), more))
    });
    let (head, page, more) = read.await?;
    let only = if let [(name, ..)] = page.as_slice() { Some(name.clone()) } else { None };
    let known = registry.books.read(move |connection| paid(connection, only.as_ref())).await.map_err(failure::books)?;
    let next = page.last().filter(|_| more).map(|(name, ..)| name.as_str().to_owned());
    let rows =
        page.iter().map(|(name, line, content)| row(name, line.as_ref(), content.as_deref(), known.get(name.as_str())));
    Ok(Json(json!({"head": head.to_string(), "profiles": rows.collect::<Vec<_>>(), "next": next})))
}

/// `GET /profiles/{name}?at`: the row, and `head`, `at` and `files: [{path, size, executable, content_id}]` as of the commit
/// `at` or of now.
pub(crate) async fn get(
    State(registry): State<Arc<Registry>>,
    Extension(actor): Extension<Actor>,
    Path(text): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, Problem> {
    let (profile, at) = (name(&text)?, Query::read(query.as_deref(), &["at"])?.commit("at")?);
    let asked = profile.clone();
    let read = registry.git(move |store| {
        let (head, line, then) = look(store, &actor, &asked, at)?;
        Ok::<_, Refused>((head, line, then.id(), then.content_id(&asked)?, then.files(&asked)?))
    });
    let (head, line, at, content_id, files) = read.await?;
    let asked = profile.clone();
    let known = registry.books.read(move |connection| paid(connection, Some(&asked))).await.map_err(failure::books)?;
    let mut told = row(&profile, line.as_ref(), content_id.as_deref(), known.get(profile.as_str()));
    let files = files.into_iter().map(|file| {
        json!({"path": file.path, "size": file.size, "executable": file.executable, "content_id": file.content_id})
    });
    told["files"] = files.collect();
    told["head"] = head.to_string().into();
    told["at"] = at.to_string().into();
    Ok(Json(told))
}
