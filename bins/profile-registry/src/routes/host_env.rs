//! `/hosts/{name}/profiles/{profile}/…`: a host fetches the secrets of a profile that it serves, and says that it has them.

use std::sync::Arc;

use axum::{
    Extension, Json,
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use daemon_kit::{
    body::{parse_body, read_body},
    problem::Problem,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{claims::profile, hosts::require_host};
use crate::{
    auth::Actor,
    failure,
    provisioning::{problem, refused, seen},
    registry::Registry,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Delivered {
    fingerprint: String,
}

/// `GET …/env`: the `.env`, sealed to the host's age recipient, armored; its fingerprint is the `ETag`, and 304 answers one
/// that the host has. Only the host itself may ask. A profile in quarantine has a `.env` without secrets.
pub(crate) async fn get(
    State(registry): State<Arc<Registry>>,
    Extension(actor): Extension<Actor>,
    Path((name, text)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let profile = profile(&text)?;
    let host = require_self(&registry, &actor, &name).await?;
    let tag = |fingerprint: &str| HeaderValue::from_str(&format!("\"{fingerprint}\"")).map_err(|_| Problem::internal());
    let fingerprint = registry.provisioner.env_fingerprint(&name, &profile).await.map_err(refused)?;
    seen(&registry.provisioner, &name).await.map_err(problem)?;
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    if known.is_some_and(|known| known.trim_matches('"') == fingerprint) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, tag(&fingerprint)?)]).into_response());
    }
    let env = registry.provisioner.env(&host, &profile).await.map_err(refused)?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::ETAG, tag(&env.fingerprint)?),
    ];
    Ok((headers, env.sealed).into_response())
}

/// `POST …/delivered {fingerprint}`: the host has written what had this fingerprint: `{delivered: true}`; 409 `stale` where
/// there is something else by now.
pub(crate) async fn delivered(
    State(registry): State<Arc<Registry>>,
    Extension(actor): Extension<Actor>,
    Path((name, text)): Path<(String, String)>,
    body: Body,
) -> Result<Json<Value>, Problem> {
    let profile = profile(&text)?;
    require_self(&registry, &actor, &name).await?;
    let fields = [("fingerprint", "the ETag of what was fetched, without its quotes")];
    let Delivered { fingerprint } = parse_body(&read_body(body).await?, &fields)?;
    registry.provisioner.delivered(&name, &profile, fingerprint.trim_matches('"')).await.map_err(refused)?;
    Ok(Json(json!({"delivered": true})))
}

/// An operator's token opens no profile's secrets, not even sealed ones.
async fn require_self(registry: &Registry, actor: &Actor, name: &str) -> Result<crate::Host, Problem> {
    if *actor == Actor::Admin {
        return Err(failure::forbidden("the token of this host", "host"));
    }
    require_host(registry, actor, name).await
}
