//! `GET /warehouse/daily`: daily bars of one code, from the layer the caller chooses.

mod curated;
mod export;
mod json_rows;
pub(crate) mod meta;
mod normalized;
mod query;
mod raw;
mod read;

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    response::Response,
};
use daemon_kit::problem::Problem;
use warehouse::Generation;

use self::query::DailyQuery;
use crate::{
    answer::DataAnswer,
    app::App,
    failure,
    openapi::{DailyBody, ProblemBody},
    query::{Format, Layer},
    timing::Timing,
};

/// Daily bars of one code.
///
/// The curated layer has one row per trading day, adjusted as asked: `qfq` (前复权) equals the traded price on the code's
/// last bar, `hfq` (后复权) never changes past prices, `none` is what was traded. The normalized layer has every vendor's
/// row in yuan and shares with its lineage, the raw layer the vendor's own rows verbatim.
///
/// CSV, Arrow and Parquet hold the rows only; what JSON says beside them comes in the headers `x-anchor`, `x-missing` (the
/// latest 32 runs) and `x-missing-runs`.
#[utoipa::path(
    get, path = "/warehouse/daily", tag = "warehouse", operation_id = "daily",
    params(
        ("code" = String, Query, description = "The instrument, `SYMBOL.SUFFIX`; suffixes SH, SZ, BJ, HK, US, FX, IDX", example = "600519.SH"),
        ("start" = Option<String>, Query, description = "First day, `YYYY-MM-DD` or `YYYYMMDD`. Default: one year before `end`", example = "2026-01-01"),
        ("end" = Option<String>, Query, description = "Last day, included. Default: the last trading day of the generation", example = "2026-04-30"),
        ("layer" = Option<String>, Query, description = "`curated` (default), `normalized` or `raw`", example = "curated"),
        ("adjust" = Option<String>, Query, description = "`qfq` (default), `hfq` or `none`; layer `curated` only", example = "qfq"),
        ("format" = Option<String>, Query, description = "`json` (default), `csv`, `arrow` (IPC stream) or `parquet`", example = "json"),
        ("if-none-match" = Option<String>, Header, description = "An earlier answer's ETag: 304 if it still holds"),
    ),
    responses(
        (status = 200, description = "The rows", headers(
            ("etag" = String, description = "Of this generation and representation"),
            ("x-generation" = u64, description = "The generation that answered"),
            ("x-generation-age-seconds" = i64, description = "Seconds since it was published"),
            ("x-replica-age-seconds" = i64, description = "Of a replica: seconds since it was last found up to date"),
            ("x-replica-verified-at" = String, description = "Of a replica: when all of it was last read and found whole"),
            ("server-timing" = String, description = "Milliseconds spent reading and altogether"),
        ), content(
            (DailyBody = "application/json"),
            (String = "text/csv"),
            (Vec<u8> = "application/vnd.apache.arrow.stream"),
            (Vec<u8> = "application/vnd.apache.parquet"),
        )),
        (status = 304, description = "The caller has this answer already"),
        (status = 400, description = "A parameter is missing, unknown or wrong; `ambiguous-code` for a symbol without its exchange", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The token lacks the scope `read`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`unknown-code`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 500, description = "Our fault; the log has the reason under the answer's x-request-id", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "`no-generation-yet`, or `busy`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 504, description = "`query-timeout`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get(State(app): State<Arc<App>>, request: Request) -> Result<Response, Problem> {
    let timing = Timing::start();
    let generation = app.generation()?;
    let query = DailyQuery::parse(request.uri(), &generation, app.max_days)?;
    let variant = [query.layer.name(), query.adjust.as_str(), query.format.name()];
    let mut answer = DataAnswer::new(generation, timing, variant, app.moment());
    if let Some(not_modified) = answer.not_modified(request.headers()) {
        return Ok(not_modified);
    }
    let generation = answer.generation.clone();
    let written = if is_quick(&query, &generation) {
        // Microseconds: cheaper here than on another thread.
        read::answer(&generation, &query, &mut answer.timing).map_err(failure::problem)?
    } else {
        let mut timing = answer.timing;
        let (written, timing) =
            app.queries.run(move || Ok((read::answer(&generation, &query, &mut timing)?, timing))).await?;
        answer.timing = timing;
        written
    };
    let mut response = answer.ok(query.format, written.bytes);
    response.headers_mut().extend(written.headers);
    Ok(response)
}

/// Whether the answer needs neither a query nor a file.
fn is_quick(query: &DailyQuery, generation: &Generation) -> bool {
    query.layer == Layer::Curated && query.format != Format::Parquet && generation.is_in_memory(&query.code)
}
