//! `POST /claims {profile}`: somebody wants a profile that nobody owns.

use std::sync::Arc;

use axum::{
    Json,
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use daemon_kit::{
    body::{parse_body, read_body},
    problem::Problem,
};
use profile_store::{OwnersError, ProfileName};
use serde::Deserialize;
use serde_json::json;

use super::begun;
use crate::{
    auth::{Actor, bearer},
    failure,
    registry::Registry,
};

#[derive(Deserialize)]
struct Claim {
    profile: String,
}

const FIELDS: [(&str, &str); 1] = [("profile", "a profile's name")];

/// Answers 201 with where to prove who one is. Whoever sends the token of an owner is told at once where there is nothing to
/// prove: 200 for a profile of their own, 409 for somebody else's.
pub(crate) async fn post(
    State(registry): State<Arc<Registry>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let claim: Claim = parse_body(&read_body(body).await?, &FIELDS)?;
    let profile = profile(&claim.profile)?;
    begun::require_telegram(&registry)?;
    let owners = registry.owners().await.map_err(failure::store)?;
    let asker = match bearer(&headers) {
        None => None,
        Some(token) => registry.credentials.who(token).await.map_err(failure::operation)?,
    };
    match (owners.owner_of(&profile), asker) {
        (Some(owner), Some(Actor::Owner(asker))) if *owner == asker => {
            let told = json!({"kind": "claim", "profile": profile.as_str(), "state": "done", "to": asker.as_str()});
            return Ok((StatusCode::OK, Json(told)).into_response());
        }
        (Some(_), Some(Actor::Owner(_))) => {
            let detail = OwnersError::OwnedByAnother(profile).to_string();
            return Err(Problem::new(StatusCode::CONFLICT, "owned", "The profile has an owner", detail));
        }
        // Whoever it is may be the owner, who will prove it.
        _ => {}
    }
    let begun = registry.operations.begin_claim(profile.as_str(), registry.clock.now()).await;
    Ok(begun::answer(&registry, &begun.map_err(failure::operation)?).into_response())
}

/// A profile's name as people type it.
///
/// # Errors
/// 400 that says what a name is.
pub(crate) fn profile(text: &str) -> Result<ProfileName, Problem> {
    ProfileName::from_input(text).map_err(|error| Problem::invalid("profile", error.to_string()))
}
