//! `GET /quality/quarantine/{id}`: one entry with the vendor's own row.

use std::sync::Arc;

use axum::{
    extract::{Path, Request, State},
    http::StatusCode,
    response::Response,
};
use daemon_kit::problem::Problem;
use serde_json::value::{RawValue, to_raw_value};
use warehouse::QuarantinedRaw;

use super::body::body;
use crate::{
    answer::DataAnswer,
    app::App,
    openapi::{QuarantinedDetailBody, QuarantinedRawBody},
    query::{Format, Params, shown},
    shanghai,
    timing::Timing,
};

/// One refused row, with the request that brought it and the row as the vendor sent it.
#[utoipa::path(
    get, path = "/quality/quarantine/{id}", tag = "quality", operation_id = "quarantined_row",
    params(
        ("id" = String, Path, description = "The entry's id", example = "9f2b6c1e0d4a4f7a8b3c5d6e7f809102"),
        ("if-none-match" = Option<String>, Header, description = "An earlier answer's ETag: 304 if it still holds"),
    ),
    responses(
        (status = 200, description = "The entry", body = QuarantinedDetailBody),
        (status = 304, description = "The caller has this answer already"),
        (status = 400, description = "There are no parameters here", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The token lacks the scope `read`", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`unknown-entry`: not in this generation", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
        (status = 500, description = "Our fault; the log has the reason under the answer's x-request-id", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "`no-generation-yet`, or `busy`", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
        (status = 504, description = "`query-timeout`", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let timing = Timing::start();
    Params::parse(request.uri(), &[])?;
    let variant = ["quality", "quarantined", Format::Json.name()];
    let mut answer = DataAnswer::new(app.generation()?, timing, variant, app.moment());
    let (generation, wanted) = (answer.generation.clone(), id.clone());
    let found = app.queries.run(move || generation.quarantined(&wanted)).await?;
    answer.timing.read_until_now();
    let Some(entry) = found else { return Err(unknown(&id)) };
    if let Some(not_modified) = answer.not_modified(request.headers()) {
        return Ok(not_modified);
    }
    let generation = answer.generation.number();
    let detail = QuarantinedDetailBody { entry: body(entry.row), raw: entry.raw.map(raw).transpose()?, generation };
    Ok(answer.ok(Format::Json, serde_json::to_vec(&detail).map_err(|_| Problem::internal())?))
}

fn raw(raw: QuarantinedRaw) -> Result<QuarantinedRawBody, Problem> {
    // The request is JSON by contract; should a stored one not be, it is shown as text rather than breaking the answer.
    let request = RawValue::from_string(raw.request.clone()).or_else(|_| to_raw_value(&raw.request));
    Ok(QuarantinedRawBody {
        dataset: raw.dataset,
        request: request.map_err(|_| Problem::internal())?,
        fetched_at: shanghai::text(raw.fetched_at),
        http_status: raw.http_status,
        fields: raw.fields,
        row: raw.row,
    })
}

/// 404 `unknown-entry`.
pub(crate) fn unknown(id: &str) -> Problem {
    let detail = format!(
        "the quarantine of this generation has no entry `{}`; what was put aside since shows with the next publish",
        shown(id)
    );
    Problem::new(StatusCode::NOT_FOUND, "unknown-entry", "Unknown entry", detail).field("id")
}
