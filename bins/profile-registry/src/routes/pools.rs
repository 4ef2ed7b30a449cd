//! `/pools`: secrets that wait for profiles. For operators; a value that went in is never shown.

use std::sync::Arc;

use axum::{
    Json,
    body::Body,
    extract::{Path, State},
};
use daemon_kit::{
    body::{parse_body, read_body},
    config::Secret,
    problem::Problem,
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{provisioning::problem, registry::Registry};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Values {
    values: Vec<Secret>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Replacement {
    fingerprint: String,
    value: Secret,
}

/// `GET /pools`: `{pools: [{pool, free, reserved, bound, cooling: [{fingerprint, holder, since}]}]}`, the pools of all
/// products. What is cooling came back from a profile, and waits for a new value in its place.
pub(crate) async fn list(State(registry): State<Arc<Registry>>) -> Result<Json<Value>, Problem> {
    let pools = registry.provisioner.pools().await.map_err(problem)?;
    let shown = pools.iter().map(|pool| {
        let cooling: Vec<Value> = pool
            .cooling
            .iter()
            .map(|back| json!({"fingerprint": back.fingerprint, "holder": back.holder, "since": back.since}))
            .collect();
        let count = &pool.count;
        json!({
            "pool": pool.name,
            "free": count.free,
            "reserved": count.reserved,
            "bound": count.bound,
            "cooling": cooling,
        })
    });
    Ok(Json(json!({"pools": shown.collect::<Vec<_>>()})))
}

/// `POST /pools/{pool} {values: […]}`: adds values: `{added, known}`. One that the registry has already, in whatever pool or
/// profile, is not added. All of them go in, or, where one has not the form that a template asks for, none.
pub(crate) async fn add(
    State(registry): State<Arc<Registry>>,
    Path(pool): Path<String>,
    body: Body,
) -> Result<Json<Value>, Problem> {
    let Values { values } = parse_body(&read_body(body).await?, &[("values", "a list of texts")])?;
    let sent = values.len();
    let added = registry.provisioner.add_to_pool(&pool, values).await.map_err(problem)?;
    Ok(Json(json!({"added": added, "known": sent - added})))
}

/// `POST /pools/{pool}/replace {fingerprint, value}`: the new value of a secret that came back, after its maker has changed
/// it: `{replaced: true}`; 409 where nothing of this fingerprint is cooling, or the value is known.
pub(crate) async fn replace(
    State(registry): State<Arc<Registry>>,
    Path(pool): Path<String>,
    body: Body,
) -> Result<Json<Value>, Problem> {
    let fields = [("fingerprint", "as GET /pools shows it"), ("value", "the new value")];
    let Replacement { fingerprint, value } = parse_body(&read_body(body).await?, &fields)?;
    registry.provisioner.replace_in_pool(&pool, &fingerprint, value).await.map_err(problem)?;
    Ok(Json(json!({"replaced": true})))
}
