//! `/hosts`: machines that serve profiles.

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
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    BooksError, Host, HostRecipient,
    auth::{Actor, CredentialKind},
    failure,
    registry::Registry,
    secrets::hosts,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    name: String,
    recipient: String,
}

const FIELDS: [(&str, &str); 2] =
    [("name", "1 to 64 of a-z, 0-9 and hyphens"), ("recipient", "`age1…`, as `age-keygen -y` prints it")];

/// `POST /hosts {name, recipient}`, for operators: 201 with the host and its `token`, told once; 200 for one that there is:
/// its recipient is this one from now on, and its tokens stay.
pub(crate) async fn post(
    State(registry): State<Arc<Registry>>,
    body: Body,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let Wanted { name, recipient } = parse_body(&read_body(body).await?, &FIELDS)?;
    if !hosts::is_host_name(&name) {
        return Err(Problem::invalid("name", "no name of a host").allowed([FIELDS[0].1]));
    }
    let recipient = recipient.trim().to_owned();
    HostRecipient::parse(&recipient).map_err(|error| Problem::invalid("recipient", error.to_string()))?;
    let (now, put) = (registry.clock.now(), name.clone());
    let is_new = registry.books.write(move |tx| hosts::put(tx, &put, &recipient, now)).await.map_err(failure::books)?;
    let mut told = shown(&find(&registry, &name).await?);
    if !is_new {
        return Ok((StatusCode::OK, Json(told)));
    }
    let issued = registry.credentials.issue(CredentialKind::Host, &name, now).await.map_err(failure::operation)?;
    tracing::info!(host = name, "the host {name} was registered");
    told["token"] = issued.token.expose().into();
    // Orders may have waited for a first host.
    registry.provisioner.host_came().await.map_err(crate::provisioning::problem)?;
    Ok((StatusCode::CREATED, Json(told)))
}

/// `GET /hosts`, for operators: `{hosts: [{name, recipient, created_at, seen_at, profiles}]}`.
pub(crate) async fn list(State(registry): State<Arc<Registry>>) -> Result<Json<Value>, Problem> {
    let known = registry.books.read(hosts::all).await.map_err(failure::books)?;
    Ok(Json(json!({"hosts": known.iter().map(shown).collect::<Vec<_>>()})))
}

/// `GET /hosts/{name}/profiles`, for the host itself and operators: `{profiles: [name]}`, what it has to serve.
pub(crate) async fn profiles(
    State(registry): State<Arc<Registry>>,
    Extension(actor): Extension<Actor>,
    Path(name): Path<String>,
) -> Result<Json<Value>, Problem> {
    let host = require_host(&registry, &actor, &name).await?;
    let read = move |connection: &rusqlite::Connection| hosts::profiles(connection, &host.name);
    let profiles = registry.books.read(read).await.map_err(failure::books)?;
    Ok(Json(json!({"profiles": profiles})))
}

/// The host of this name, if whoever asks is that host, or an operator.
///
/// # Errors
/// 403, or 404.
pub(super) async fn require_host(registry: &Registry, actor: &Actor, name: &str) -> Result<Host, Problem> {
    match actor {
        Actor::Host(own) if own == name => {}
        Actor::Admin => {}
        _ => return Err(failure::forbidden("the token of this host", "host")),
    }
    find(registry, name).await
}

/// The host of this name.
///
/// # Errors
/// 404.
pub(crate) async fn find(registry: &Registry, name: &str) -> Result<Host, Problem> {
    let wanted = name.to_owned();
    let found = registry.books.read(move |connection| hosts::find(connection, &wanted)).await;
    found.map_err(|error: BooksError| failure::books(error))?.ok_or_else(|| {
        let detail = format!("there is no host {name:?}: an operator registers it with POST /hosts");
        Problem::new(StatusCode::NOT_FOUND, "unknown-host", "There is no such host", detail)
    })
}

fn shown(host: &Host) -> Value {
    json!({
        "name": host.name,
        "recipient": host.recipient,
        "created_at": host.created_at,
        "seen_at": host.seen_at,
        "profiles": host.profiles,
    })
}
