//! `POST /admin/ingest/backfill`: asks for whole histories.

use std::sync::Arc;

use axum::{
    Extension, Json,
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use chrono::NaiveDate;
use daemon_kit::{problem::Problem, request_id::RequestId};
use serde::Serialize;
use utoipa::ToSchema;

use super::backfill_request::BackfillRequest;
use crate::{app::App, query::read_body, routes::accepted::Accepted};

/// What became of the request, and what it came to.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BackfillAccepted {
    #[serde(flatten)]
    job: Accepted,
    /// The vendor.
    #[schema(example = "tdx")]
    source: String,
    /// First day wanted.
    from: NaiveDate,
    /// Last day wanted.
    to: NaiveDate,
    /// How many codes; null for every listed one.
    codes: Option<usize>,
}

/// Queues the histories of some codes, or of all.
///
/// The request is a JSON object, or the same as parameters (`codes` separated by commas). `GET /quality/status` shows how far
/// it is; it goes on where it stopped, whatever happens to the worker.
#[utoipa::path(
    post, path = "/admin/ingest/backfill", tag = "admin", operation_id = "backfill",
    params(
        ("source" = Option<String>, Query, description = "Without a body: `tdx` or `tushare`", example = "tdx"),
        ("from" = Option<String>, Query, description = "Without a body: first day wanted", example = "2016-01-04"),
        ("to" = Option<String>, Query, description = "Without a body: last day wanted. Default: the last trading day that is over", example = "2026-04-30"),
        ("codes" = Option<String>, Query, description = "Without a body: these codes only, separated by commas. Default: every listed one", example = "600519.SH,000001.SZ"),
        ("x-request-id" = Option<String>, Header, description = "1 to 64 characters of A-Z a-z 0-9 . _ -; sent again it finds the same job instead of making another"),
    ),
    request_body(content = BackfillRequest, description = "What is wanted; may be left out for parameters"),
    responses(
        (status = 202, description = "Accepted", body = BackfillAccepted),
        (status = 400, description = "A field is missing or wrong; `ambiguous-code` for a symbol without its exchange", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The token lacks the scope `admin`", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "The body is larger than 1 MiB", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "`queue-unreachable`", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn backfill(
    State(app): State<Arc<App>>,
    Extension(request_id): Extension<RequestId>,
    request: Request,
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let asked = match &*read_body(body).await? {
        [] => BackfillRequest::from_query(&parts.uri)?,
        json => BackfillRequest::from_body(&parts.uri, json)?,
    };
    let (wanted, accepted) = asked.request(&app, request_id.as_str()).await?;
    let body = BackfillAccepted {
        job: Accepted::from(accepted),
        source: wanted.source.to_owned(),
        from: wanted.from,
        to: wanted.to,
        codes: wanted.codes.as_ref().map(Vec::len),
    };
    Ok((StatusCode::ACCEPTED, Json(body)).into_response())
}
