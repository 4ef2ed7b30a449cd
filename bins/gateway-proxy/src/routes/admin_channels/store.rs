//! `POST /admin/channels` and `PUT /admin/channels/{name}`.

use axum::{
    Extension, Json,
    body::Body,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use daemon_kit::{config::Secret, problem::Problem};
use serde_json::{Map, Value};

use super::Shared;
use crate::{
    admin::{Caller, missing, parse_fields, parse_object, read_body},
    channels::{ChannelDefinition, Stored, Wanted},
};

/// Stores a new channel: 201 with the channel. The body is as an entry of the configuration: `name`, `key`, `dialect`,
/// `models` …
pub(super) async fn post(
    State(shared): State<Shared>,
    Extension(caller): Extension<Caller>,
    body: Body,
) -> Result<Response, Problem> {
    let mut fields = fields(body).await?;
    let name = text(&mut fields, "name")?.ok_or_else(|| missing("name", "letters, digits and hyphens, at most 64"))?;
    store(&shared, name, fields, false, &caller).await
}

/// Stores a channel, in place of a stored one of the name where there is one: 201, or 200. Without `key` the stored key
/// stays.
pub(super) async fn put(
    State(shared): State<Shared>,
    Path(name): Path<String>,
    Extension(caller): Extension<Caller>,
    body: Body,
) -> Result<Response, Problem> {
    store(&shared, name, fields(body).await?, true, &caller).await
}

async fn store(
    shared: &Shared,
    name: String,
    mut fields: Map<String, Value>,
    replace: bool,
    caller: &Caller,
) -> Result<Response, Problem> {
    let key = text(&mut fields, "key")?.map(Secret::new);
    let definition: ChannelDefinition = parse_fields(fields, &ChannelDefinition::FIELDS)?;
    let wanted = Wanted { name: name.clone(), definition, key };
    let stored = shared.channels.store(&shared.gateway, wanted, replace, caller.name()).await;
    let stored = stored.map_err(|error| shared.refused(&name, error))?;
    let status = if stored == Stored::New { StatusCode::CREATED } else { StatusCode::OK };
    let channel = shared.find(&name).ok_or_else(|| shared.unknown(&name))?;
    Ok((status, Json(channel)).into_response())
}

async fn fields(body: Body) -> Result<Map<String, Value>, Problem> {
    parse_object(&read_body(body).await?)
}

/// Takes a text out of the body.
fn text(fields: &mut Map<String, Value>, name: &'static str) -> Result<Option<String>, Problem> {
    match fields.remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Problem::invalid(name, "not what may stand there").allowed(["a text"])),
    }
}
