//! `GET /quality/status`: how fresh the data is and what the ingest side is doing, judged at the moment of asking.
//!
//! The facts come from `status.json`, which travels with the generations; ages are reckoned here, so that a replica whose
//! primary has died shows it.

mod body;
pub(crate) mod replica;
mod status;

use std::sync::Arc;

use axum::{
    Json,
    extract::{Request, State},
    http::{HeaderName, HeaderValue, header},
    response::IntoResponse,
};
use daemon_kit::problem::Problem;

use self::{body::QualityStatus, status::Known};
use crate::{app::App, failure, query::Params};

/// How fresh every source is, when the checks ran, what is served and what is open.
///
/// Ages and judgements are made at the moment of asking, so the answer stays true when every worker is dead.
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
    let counts = generation.as_ref().and_then(|generation| app.publications.counts(generation));
    let known = Known {
        status: status.as_ref(),
        generation: generation.as_deref(),
        counts: counts.as_deref(),
        refusal: app.publications.refusal(),
        copy: app.replica.replica(),
    };
    let body = status::as_of(app.clock.now(), known, &app.freshness);
    let headers: [(HeaderName, HeaderValue); 1] = [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    Ok((headers, Json(body)))
}
