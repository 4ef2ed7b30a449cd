//! `POST /admin/quarantine/release` and `…/discard`: a decision about rows that were refused.

use std::sync::Arc;

use axum::{
    Extension, Json,
    extract::{Request, State},
    http::{StatusCode, Uri},
    response::{IntoResponse, Response},
};
use daemon_kit::{problem::Problem, request_id::RequestId};
use job_queue::payload::{Decision, WarehouseWriteJob};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::accepted::Accepted;
use crate::{
    app::App,
    auth::Caller,
    query::{missing, parse_body, read_body, shown},
};

/// As many as a page lists.
const IDS: usize = 1_000;
/// Longer than any id.
const ID_BYTES: usize = 64;
/// A paragraph.
const NOTE_CHARS: usize = 2_000;

/// The rows to put where they belong.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReleaseRequest {
    /// Ids of entries, 1000 at most.
    #[schema(example = json!(["9f2b6c1e0d4a4f7a8b3c5d6e7f809102"]), required = true)]
    ids: Option<Vec<String>>,
    /// Why.
    #[schema(example = "the vendor confirmed it")]
    note: Option<String>,
    /// Store what the gate refuses still, as far as it can be stored at all.
    #[serde(default)]
    force: bool,
}

/// The rows to close without using them.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DiscardRequest {
    /// Ids of entries, 1000 at most.
    #[schema(example = json!(["9f2b6c1e0d4a4f7a8b3c5d6e7f809102"]), required = true)]
    ids: Option<Vec<String>>,
    /// Why.
    #[schema(example = "a test row of the vendor's")]
    note: Option<String>,
}

/// What became of the request.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DecisionAccepted {
    #[serde(flatten)]
    job: Accepted,
    /// How many entries it names, each counted once.
    ids: usize,
    /// Who decides: the token's name.
    #[schema(example = "operator")]
    by: String,
}

/// Asks the writer to store quarantined rows.
///
/// The gate judges them again: what it refuses still stays held, unless `force` is given. The job's result says what became
/// of every id (`twilight jobs show --queue warehouse-write <job_id>`). A row never replaces a newer one.
#[utoipa::path(
    post, path = "/admin/quarantine/release", tag = "admin", operation_id = "release_quarantine",
    params(("x-request-id" = Option<String>, Header, description = "1 to 64 characters of A-Z a-z 0-9 . _ -; sent again it finds the same job instead of making another")),
    request_body(content = ReleaseRequest, description = "Which rows, and why"),
    responses(
        (status = 202, description = "Accepted", body = DecisionAccepted),
        (status = 400, description = "A field is missing or wrong", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The token lacks the scope `admin`", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "The body is larger than 1 MiB", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "`queue-unreachable`", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn release(
    State(app): State<Arc<App>>,
    Extension(request_id): Extension<RequestId>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let ReleaseRequest { ids, note, force } = read(&parts.uri, &read_body(body).await?, &["ids", "note", "force"])?;
    let decision = decision(ids, note, force, caller.name())?;
    send(&app, &request_id, WarehouseWriteJob::ReleaseQuarantine(decision.clone()), decision).await
}

/// Asks the writer to close quarantined rows without using them.
#[utoipa::path(
    post, path = "/admin/quarantine/discard", tag = "admin", operation_id = "discard_quarantine",
    params(("x-request-id" = Option<String>, Header, description = "1 to 64 characters of A-Z a-z 0-9 . _ -; sent again it finds the same job instead of making another")),
    request_body(content = DiscardRequest, description = "Which rows, and why"),
    responses(
        (status = 202, description = "Accepted", body = DecisionAccepted),
        (status = 400, description = "A field is missing or wrong", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The token lacks the scope `admin`", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "The body is larger than 1 MiB", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "`queue-unreachable`", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn discard(
    State(app): State<Arc<App>>,
    Extension(request_id): Extension<RequestId>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let DiscardRequest { ids, note } = read(&parts.uri, &read_body(body).await?, &["ids", "note"])?;
    let decision = decision(ids, note, false, caller.name())?;
    send(&app, &request_id, WarehouseWriteJob::DiscardQuarantine(decision.clone()), decision).await
}

fn read<T: serde::de::DeserializeOwned>(uri: &Uri, body: &[u8], known: &'static [&'static str]) -> Result<T, Problem> {
    if body.is_empty() {
        return Err(Problem::invalid("body", "send a JSON object with the ids").allowed(known));
    }
    parse_body(uri, body, known)
}

/// What `by` decided. Whether an id exists is for the writer to say: it may have been put aside after the served generation was published.
///
/// # Errors
/// 400 that names the field.
pub(crate) fn decision(
    ids: Option<Vec<String>>,
    note: Option<String>,
    force: bool,
    by: &str,
) -> Result<Decision, Problem> {
    let mut ids = ids.ok_or_else(|| missing("ids", "[\"9f2b6c1e0d4a4f7a8b3c5d6e7f809102\"]"))?;
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() || ids.len() > IDS {
        return Err(Problem::invalid("ids", format!("name 1 to {IDS} ids; these are {}", ids.len())));
    }
    let is_id = |id: &String| (1..=ID_BYTES).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if let Some(bad) = ids.iter().find(|id| !is_id(id)) {
        return Err(Problem::invalid(
            "ids",
            format!("`{}` is no id: take them from GET /quality/quarantine", shown(bad)),
        ));
    }
    let note = note.unwrap_or_default().trim().to_owned();
    if note.chars().count() > NOTE_CHARS {
        return Err(Problem::invalid("note", format!("the note is longer than {NOTE_CHARS} characters")));
    }
    Ok(Decision { ids, by: by.to_owned(), note, force })
}

async fn send(
    app: &App,
    request_id: &RequestId,
    job: WarehouseWriteJob,
    decision: Decision,
) -> Result<Response, Problem> {
    let job = Accepted::from(app.jobs.write(&job, request_id.as_str()).await?);
    let body = DecisionAccepted { job, ids: decision.ids.len(), by: decision.by };
    Ok((StatusCode::ACCEPTED, Json(body)).into_response())
}
