//! `GET /quality/status`: how fresh the data is and what the ingest side is doing, judged at the moment of asking.
//!
//! The facts come from `status.json`, which travels with the generations; ages are reckoned here, so that a replica whose
//! primary has died shows it.

mod body;
mod judge;

use std::sync::Arc;

use axum::{
    Json,
    extract::{Request, State},
    http::{HeaderName, HeaderValue, header},
    response::IntoResponse,
};
use daemon_kit::problem::Problem;

use self::body::QualityStatus;
use crate::{app::App, failure, query::Params};

/// Freshness per source, jobs, withheld days and open findings.
#[utoipa::path(
    get, path = "/quality/status", tag = "quality", operation_id = "quality_status",
    responses(
        (status = 200, description = "The state of the data", body = QualityStatus),
        (status = 400, description = "There are no parameters here", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The token lacks the scope `read`", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get(State(app): State<Arc<App>>, request: Request) -> Result<impl IntoResponse, Problem> {
    Params::parse(request.uri(), &[])?;
    let generation = app.reader.current();
    let reader = app.reader.clone();
    let status =
        tokio::task::spawn_blocking(move || reader.status()).await.map_err(|panic| failure::panicked(&panic))?;
    let body = judge::judge(status.as_ref(), generation.as_deref(), app.stale_after, app.clock.now());
    let headers: [(HeaderName, HeaderValue); 1] = [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    Ok((headers, Json(body)))
}
