//! `GET /profiles/{name}/content` and `GET /profiles/{name}/files/{path}`: what is in a profile, byte for byte.

use std::sync::Arc;

use axum::{
    Extension, Json,
    extract::{Path, RawQuery, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use daemon_kit::problem::Problem;
use serde_json::{Value, json};

use super::{
    profiles_access::{Refused, look, name},
    profiles_query::Query,
};
use crate::{auth::Actor, registry::Registry};

/// `GET …/content?at`: `{name, at, head, content_id, files: [{path, executable, content}]}`, the contents in base64. The content's
/// id is the `ETag`: 304 answers whoever has it. A profile without files has none, and `files` is empty.
pub(crate) async fn content(
    State(registry): State<Arc<Registry>>,
    Extension(actor): Extension<Actor>,
    Path(text): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (profile, at) = (name(&text)?, Query::read(query.as_deref(), &["at"])?.commit("at")?);
    let read = registry.git(move |store| {
        let (head, _, then) = look(store, &actor, &profile, at)?;
        let content_id = then.content_id(&profile)?;
        if let Some(id) = content_id.as_ref().filter(|id| is_known(&headers, id)) {
            return Ok((Some(id.clone()), None));
        }
        let file = |file: profile_store::FileEntry| {
            let content = then.file(&profile, &file.path)?.unwrap_or_default();
            let content = BASE64_STANDARD.encode(content);
            Ok::<_, Refused>(json!({"path": file.path, "executable": file.executable, "content": content}))
        };
        let files: Vec<Value> = then.files(&profile)?.into_iter().map(file).collect::<Result<_, _>>()?;
        let told = json!({
            "name": profile.as_str(),
            "at": then.id().to_string(),
            "head": head.to_string(),
            "content_id": content_id,
            "files": files,
        });
        Ok::<_, Refused>((content_id, Some(told)))
    });
    let (content_id, told) = read.await?;
    let mut response = match told {
        Some(told) => Json(told).into_response(),
        None => StatusCode::NOT_MODIFIED.into_response(),
    };
    mark(&mut response, content_id.as_deref());
    Ok(response)
}

/// `GET …/files/{path}?at`: the file's bytes. Its content's id is the `ETag`; no browser shows it, whatever it is.
pub(crate) async fn file(
    State(registry): State<Arc<Registry>>,
    Extension(actor): Extension<Actor>,
    Path((text, path)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (profile, at) = (name(&text)?, Query::read(query.as_deref(), &["at"])?.commit("at")?);
    let read = registry.git(move |store| {
        let (_, _, then) = look(store, &actor, &profile, at)?;
        let entry = then.files(&profile)?.into_iter().find(|file| file.path == path).ok_or(Refused::NoFile)?;
        if is_known(&headers, &entry.content_id) {
            return Ok((entry.content_id, None));
        }
        let bytes = then.file(&profile, &path)?.ok_or(Refused::NoFile)?;
        Ok::<_, Refused>((entry.content_id, Some(bytes)))
    });
    let (content_id, bytes) = read.await?;
    let mut response = match bytes {
        Some(bytes) => ([(header::CONTENT_TYPE, "application/octet-stream")], bytes).into_response(),
        None => StatusCode::NOT_MODIFIED.into_response(),
    };
    mark(&mut response, Some(&content_id));
    response.headers_mut().insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment"));
    Ok(response)
}

/// Whether one of the tags in `if-none-match` is this id's.
fn is_known(headers: &HeaderMap, id: &str) -> bool {
    let values = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|tag| {
        let tag = tag.trim();
        tag == "*" || tag.strip_prefix("W/").unwrap_or(tag).trim_matches('"') == id
    })
}

fn mark(response: &mut Response, tag: Option<&str>) {
    let headers = response.headers_mut();
    if let Some(tag) = tag.and_then(|tag| HeaderValue::from_str(&format!("\"{tag}\"")).ok()) {
        headers.insert(header::ETAG, tag);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
}
