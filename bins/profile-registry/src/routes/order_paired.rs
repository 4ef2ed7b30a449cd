//! `POST /orders/{number}/paired`: somebody scanned the code, and the chat is connected. For operators, and for the host
//! that serves the profile.

use std::sync::Arc;

use axum::{
    Extension, Json,
    extract::{Path, State},
};
use daemon_kit::problem::Problem;
use serde_json::Value;

use super::{hosts::require_host, orders::shown};
use crate::{
    auth::Actor,
    failure,
    provisioning::{problem, refused},
    registry::Registry,
};

/// Answers the order, which is `alive` then. Once more changes nothing; 409 where nobody waits for a scan.
pub(crate) async fn post(
    State(registry): State<Arc<Registry>>,
    Extension(actor): Extension<Actor>,
    Path(number): Path<String>,
) -> Result<Json<Value>, Problem> {
    match &actor {
        Actor::Admin => {}
        Actor::Host(name) => {
            let profile = registry.provisioner.order(&number).await.map_err(problem)?.profile;
            let profile = profile.and_then(|name| profile_store::ProfileName::parse(&name).ok());
            let unknown = || problem(crate::provisioning::ProvisionError::UnknownOrder(number.clone()));
            let profile = profile.ok_or_else(unknown)?;
            require_host(&registry, &actor, name).await?;
            registry.provisioner.env_fingerprint(name, &profile).await.map_err(refused)?;
        }
        Actor::Owner(_) => return Err(failure::forbidden("an operator's or a host's token", "host")),
    }
    Ok(Json(shown(&registry.provisioner.paired(&number, &actor.to_string()).await.map_err(problem)?)))
}
