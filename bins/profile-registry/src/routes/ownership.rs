//! `GET /ownership`: whose the profiles are.

use std::sync::Arc;

use axum::{Extension, Json, extract::State};
use daemon_kit::problem::Problem;
use serde_json::{Value, json};

use crate::{auth::Actor, failure, registry::Registry};

/// `{owners: [{profile, owner, verified_by, claimed_at}]}`: an owner's own, everything for operators and hosts.
pub(crate) async fn get(
    State(registry): State<Arc<Registry>>,
    Extension(actor): Extension<Actor>,
) -> Result<Json<Value>, Problem> {
    let owners = registry.owners().await.map_err(failure::store)?;
    let lines = owners.lines().filter(|line| match &actor {
        Actor::Admin | Actor::Host(_) => true,
        Actor::Owner(id) => line.owner == *id,
    });
    let told: Vec<Value> = lines
        .map(|line| {
            json!({
                "profile": line.profile.as_str(),
                "owner": line.owner.as_str(),
                "verified_by": line.verified_by,
                "claimed_at": line.claimed_at,
            })
        })
        .collect();
    Ok(Json(json!({"owners": told})))
}
