//! `/credentials`: tokens of owners and hosts.

use std::sync::Arc;

use axum::{
    Extension, Json,
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
};
use daemon_kit::{
    body::{parse_body, read_body},
    problem::Problem,
};
use profile_store::OwnerId;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    auth::{Actor, CredentialKind, bearer},
    failure,
    registry::Registry,
    secrets::hosts,
};

#[derive(Deserialize)]
struct Wanted {
    kind: Kind,
    subject: String,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Owner,
    Host,
}

const FIELDS: [(&str, &str); 2] = [("kind", "\"owner\" or \"host\""), ("subject", "an owner's id, or a host's name")];

/// `GET /credentials`, for operators: `{credentials: [{id, kind, subject, created_at, revoked_at}]}`.
pub(crate) async fn list(State(registry): State<Arc<Registry>>) -> Result<Json<Value>, Problem> {
    let known = registry.credentials.list().await.map_err(failure::operation)?;
    let told: Vec<Value> = known
        .into_iter()
        .map(|known| {
            json!({
                "id": known.id,
                "kind": known.kind,
                "subject": known.subject,
                "created_at": known.created_at,
                "revoked_at": known.revoked_at,
            })
        })
        .collect();
    Ok(Json(json!({"credentials": told})))
}

/// `POST /credentials {kind, subject}`, for operators: 201 `{id, kind, subject, token}`: a further token of a registered host,
/// or one of an owner. It is told once.
pub(crate) async fn issue(
    State(registry): State<Arc<Registry>>,
    body: Body,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let wanted: Wanted = parse_body(&read_body(body).await?, &FIELDS)?;
    let kind = match wanted.kind {
        Kind::Owner => {
            OwnerId::parse(&wanted.subject).map_err(|error| Problem::invalid("subject", error.to_string()))?;
            CredentialKind::Owner
        }
        Kind::Host => {
            let name = wanted.subject.clone();
            let known = registry.books.read(move |connection| hosts::find(connection, &name)).await;
            if known.map_err(failure::books)?.is_none() {
                let detail = "POST /hosts registers one, with the recipient of its secrets";
                return Err(Problem::new(StatusCode::NOT_FOUND, "unknown-host", "There is no such host", detail));
            }
            CredentialKind::Host
        }
    };
    let issued = registry.credentials.issue(kind, &wanted.subject, registry.clock.now()).await;
    let issued = issued.map_err(failure::operation)?;
    let (kind, subject) = (kind.name(), &wanted.subject);
    tracing::info!(credential = issued.id, "a token was made for the {kind} {subject}");
    let told = json!({"id": issued.id, "kind": kind, "subject": subject, "token": issued.token.expose()});
    Ok((StatusCode::CREATED, Json(told)))
}

/// `DELETE /credentials/{id}`, for operators: 204; the token is refused from the next request on.
pub(crate) async fn revoke(
    State(registry): State<Arc<Registry>>,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    revoke_by_id(&registry, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Revokes the token of this id.
///
/// # Errors
/// 404 where there is none.
pub(crate) async fn revoke_by_id(registry: &Registry, id: &str) -> Result<(), Problem> {
    if registry.credentials.revoke(id, registry.clock.now()).await.map_err(failure::operation)? {
        tracing::info!("a token was revoked");
        return Ok(());
    }
    let detail = "GET /credentials lists those that there are";
    Err(Problem::new(StatusCode::NOT_FOUND, "unknown-credential", "There is no such token", detail))
}

/// `GET /credentials/current`: `{actor}`, whom the request's token speaks for.
pub(crate) async fn current(Extension(actor): Extension<Actor>) -> Json<Value> {
    let kind = match actor {
        Actor::Admin => "admin",
        Actor::Owner(_) => "owner",
        Actor::Host(_) => "host",
    };
    Json(json!({"actor": actor.to_string(), "kind": kind}))
}

/// `DELETE /credentials/current`: whoever asks logs out. 204.
pub(crate) async fn revoke_current(
    State(registry): State<Arc<Registry>>,
    Extension(actor): Extension<Actor>,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    if actor == Actor::Admin {
        let detail = "the operators' token stands in the configuration: change it there";
        return Err(Problem::new(StatusCode::CONFLICT, "configured-token", "The token is configured", detail));
    }
    let token = bearer(&headers).unwrap_or_default();
    registry.credentials.revoke_token(token, registry.clock.now()).await.map_err(failure::operation)?;
    Ok(StatusCode::NO_CONTENT)
}
