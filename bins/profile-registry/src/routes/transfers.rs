//! `POST /transfers {profile, to}`: an owner wants to hand a profile over.

use std::sync::Arc;

use axum::{Extension, Json, body::Body, extract::State, http::StatusCode};
use daemon_kit::{
    body::{parse_body, read_body},
    problem::Problem,
};
use profile_store::{OwnerId, OwnersError};
use serde::Deserialize;
use serde_json::Value;

use super::{begun, claims};
use crate::{auth::Actor, failure, registry::Registry};

#[derive(Deserialize)]
struct Transfer {
    profile: String,
    to: String,
}

const FIELDS: [(&str, &str); 2] =
    [("profile", "the name of a profile of yours"), ("to", "an owner's id, as tg:123456 or wx:wx1234:oABC")];

/// Begins a transfer, for the owner or an operator. Nothing moves before both agreed: each with Telegram by the link, or
/// with a token at `POST /operations/{id}/consent`.
pub(crate) async fn post(
    State(registry): State<Arc<Registry>>,
    Extension(actor): Extension<Actor>,
    body: Body,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let transfer: Transfer = parse_body(&read_body(body).await?, &FIELDS)?;
    let profile = claims::profile(&transfer.profile)?;
    let to = OwnerId::parse(&transfer.to).map_err(|error| Problem::invalid("to", error.to_string()))?;
    if actor != Actor::Admin {
        actor.require_owner()?;
    }
    let owners = registry.owners().await.map_err(failure::store)?;
    let Some(from) = owners.owner_of(&profile) else {
        let detail = OwnersError::Unclaimed(profile).to_string();
        return Err(Problem::new(StatusCode::NOT_FOUND, "unclaimed", "The profile has no owner", detail));
    };
    if let Actor::Owner(asker) = &actor
        && asker != from
    {
        let detail = OwnersError::OwnedByAnother(profile).to_string();
        return Err(Problem::new(StatusCode::FORBIDDEN, "owned", "The profile is somebody else's", detail));
    }
    if *from == to {
        return Err(Problem::invalid("to", "the profile is theirs already"));
    }
    let (from, now) = (from.as_str(), registry.clock.now());
    let begun = registry.operations.begin_transfer(profile.as_str(), from, to.as_str(), now).await;
    Ok(begun::answer(&registry, &begun.map_err(failure::operation)?))
}
