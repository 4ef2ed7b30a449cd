//! `POST /admin/ingest/run`: asks for one fetch.

use std::sync::Arc;

use axum::{
    Extension, Json,
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use chrono::NaiveDate;
use daemon_kit::{problem::Problem, request_id::RequestId};
use job_queue::payload::IngestJob;
use serde::Serialize;
use utoipa::ToSchema;

use super::work;
use crate::{app::App, routes::accepted::Accepted};

/// What became of the request, and what it came to.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct IngestAccepted {
    #[serde(flatten)]
    job: Accepted,
    /// The trading day; for global bars the last day wanted.
    #[serde(skip_serializing_if = "Option::is_none")]
    trade_date: Option<NaiveDate>,
    /// The last day of the quarter, for fundamentals.
    #[serde(skip_serializing_if = "Option::is_none")]
    period: Option<NaiveDate>,
    /// The series, if one was named.
    #[serde(skip_serializing_if = "Option::is_none")]
    series: Option<String>,
}

/// Queues one fetch from one source.
///
/// `tushare` and `tdx` bring the mainland's market of a trading day, `yahoo` and `alpha_vantage` the bars of the watched
/// codes abroad, `aktools` macroeconomic series; `dataset` asks for something else of theirs.
#[utoipa::path(
    post, path = "/admin/ingest/run", tag = "admin", operation_id = "run_ingest",
    params(
        ("source" = String, Query, description = "`tushare`, `tdx`, `yahoo`, `alpha_vantage` or `aktools`", example = "tushare"),
        ("dataset" = Option<String>, Query, description = "Of tushare and tdx: `daily` (default), `reference`, `fundamentals`; of yahoo and alpha_vantage: `daily`; of aktools: `macro`", example = "daily"),
        ("date" = Option<String>, Query, description = "With `daily`: the trading day, `YYYY-MM-DD` or `YYYYMMDD`. Default: the last one that is over (15:30 in Shanghai); abroad the newest day on which an exchange has closed", example = "2026-04-30"),
        ("period" = Option<String>, Query, description = "With `fundamentals`, required: the quarter, `2025Q3` or its last day", example = "2025Q3"),
        ("series" = Option<String>, Query, description = "With `macro`: one series. Default: all that are configured", example = "china_cpi_yearly"),
        ("x-request-id" = Option<String>, Header, description = "1 to 64 characters of A-Z a-z 0-9 . _ -; sent again it finds the same job instead of making another"),
    ),
    responses(
        (status = 202, description = "Accepted", body = IngestAccepted),
        (status = 400, description = "A parameter is missing or wrong; the day is in the future or not a trading day", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The token lacks the scope `admin`", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "`queue-unreachable`", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn run(
    State(app): State<Arc<App>>,
    Extension(request_id): Extension<RequestId>,
    request: Request,
) -> Result<Response, Problem> {
    let (job, accepted) = work::request(&app, &work::params(request.uri())?, request_id.as_str()).await?;
    let (trade_date, period, series) = match job {
        IngestJob::FetchDailyMarket { trade_date, .. } => (Some(trade_date), None, None),
        IngestJob::FetchFundamentals { period, .. } => (None, Some(period), None),
        IngestJob::FetchMacro { series, .. } => (None, None, series),
        _ => (None, None, None),
    };
    let body = IngestAccepted { job: Accepted::from(accepted), trade_date, period, series };
    Ok((StatusCode::ACCEPTED, Json(body)).into_response())
}
