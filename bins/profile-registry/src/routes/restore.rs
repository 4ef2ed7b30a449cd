//! `POST /profiles/{name}/restore`: a profile as it was, as a new commit.

use std::sync::Arc;

use axum::{
    Extension, Json,
    body::Body,
    extract::{Path, State},
    http::StatusCode,
};
use daemon_kit::{
    body::{parse_body, read_body},
    problem::Problem,
};
use profile_store::{CommitId, Committed, ProfileName};
use serde::Deserialize;
use serde_json::Value;

use super::{
    commits::{author, told},
    profiles_access::{Refused, look, name},
    profiles_query::commit_problem,
};
use crate::{auth::Actor, registry::Registry};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    commit: String,
}

const FIELDS: [(&str, &str); 1] = [("commit", "a commit's whole id")];

/// `{commit}`: 201 `{commit, content_id, is_new}`; 200 where the profile is so already.
pub(crate) async fn post(
    State(registry): State<Arc<Registry>>,
    Extension(actor): Extension<Actor>,
    Path(text): Path<String>,
    body: Body,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let profile = name(&text)?;
    let wanted: Wanted = parse_body(&read_body(body).await?, &FIELDS)?;
    let to: CommitId = wanted.commit.parse().map_err(|error| commit_problem("commit", &error))?;
    let (committed, content_id) = restore(&registry, &actor, profile, to).await?;
    Ok(told(committed, content_id.as_deref()))
}

/// Makes a profile what it was, in the actor's name; the commit, and the id of the content then.
///
/// # Errors
/// 404 for what was not theirs then or is not theirs now, 422 for what the policy refuses.
pub(crate) async fn restore(
    registry: &Registry,
    actor: &Actor,
    profile: ProfileName,
    to: CommitId,
) -> Result<(Committed, Option<String>), Problem> {
    let at = registry.clock.now();
    let (who, restored, actor, asker) = (actor.to_string(), profile.clone(), actor.clone(), actor);
    let work = registry.change(asker, move |store| {
        // It must have been theirs then, and must be theirs now: the second the policy judges once more.
        look(store, &actor, &profile, Some(to))?;
        let committed = store.restore(&profile, to, &actor.policy(), &author(&actor, at))?;
        Ok::<_, Refused>((committed, store.at(committed.id)?.content_id(&profile)?))
    });
    let (committed, content_id) = work.await?;
    if committed.is_new {
        tracing::info!(profile = %restored, actor = who, "{restored} was restored as of {to}");
    }
    Ok((committed, content_id))
}
