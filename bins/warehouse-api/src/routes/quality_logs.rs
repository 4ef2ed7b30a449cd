//! `GET /quality/logs`: what the checks found.

mod query;

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::header,
    response::Response,
};
use daemon_kit::problem::Problem;
use serde_json::json;
use warehouse::LoggedFinding;

use self::query::LogsQuery;
use crate::{
    answer::DataAnswer,
    app::App,
    openapi::FindingBody,
    query::{Format, next_link, unknown_code},
    shanghai,
    timing::Timing,
};

/// The quality log, newest finding first.
///
/// A plain array; where there are more, the header `Link: <…>; rel="next"` leads to the next page. Pages hold still while
/// new findings come in at the front.
#[utoipa::path(
    get, path = "/quality/logs", tag = "quality", operation_id = "quality_logs",
    params(
        ("severity" = Option<String>, Query, description = "At least that bad: `info`, `warning` (with errors), `error`. Default: all", example = "warning"),
        ("check" = Option<String>, Query, description = "One rule's findings, by its code", example = "cross_source"),
        ("code" = Option<String>, Query, description = "Findings about one code", example = "600519.SH"),
        ("since" = Option<String>, Query, description = "Found at this moment (RFC 3339) or later; a day stands for its beginning in Shanghai", example = "2026-04-30"),
        ("until" = Option<String>, Query, description = "Found before this moment; a day stands for its end", example = "2026-04-30T18:30:00+08:00"),
        ("open" = Option<bool>, Query, description = "`true`: only what still shows. Default `false`: what is closed as well", example = true),
        ("limit" = Option<u64>, Query, description = "Rows of a page, 1 to 1000. Default 100", example = 100),
        ("cursor" = Option<String>, Query, description = "From the `Link` header of the page before"),
        ("if-none-match" = Option<String>, Header, description = "An earlier answer's ETag: 304 if it still holds"),
    ),
    responses(
        (status = 200, description = "The findings", body = Vec<FindingBody>, headers(("link" = String, description = "`<…>; rel=\"next\"` while there are more"))),
        (status = 304, description = "The caller has this answer already"),
        (status = 400, description = "A parameter is unknown or wrong; an unknown rule is answered with the nearest codes", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The token lacks the scope `read`", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`unknown-code`: neither an instrument, nor a bar, nor a finding", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
        (status = 500, description = "Our fault; the log has the reason under the answer's x-request-id", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "`no-generation-yet`, or `busy`", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
        (status = 504, description = "`query-timeout`", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get(State(app): State<Arc<App>>, request: Request) -> Result<Response, Problem> {
    let timing = Timing::start();
    let generation = app.generation()?;
    let query = LogsQuery::parse(request.uri(), &generation)?;
    let mut answer = DataAnswer::new(generation, timing, ["quality", "logs", Format::Json.name()], app.moment());
    if query.code.is_none()
        && let Some(not_modified) = answer.not_modified(request.headers())
    {
        return Ok(not_modified);
    }
    let (generation, filter) = (answer.generation.clone(), query.filter.clone());
    let page = app.queries.run(move || generation.findings(&filter)).await?;
    answer.timing.read_until_now();
    if page.findings.is_empty()
        && let Some(code) = query.code
        && !answer.generation.knows(&code)
    {
        return Err(unknown_code(code, &answer.generation));
    }
    if let Some(not_modified) = answer.not_modified(request.headers()) {
        return Ok(not_modified);
    }
    let link = page.next.and_then(|cursor| next_link(request.uri(), &cursor));
    let rows: Vec<FindingBody> = page.findings.into_iter().map(body).collect();
    let mut response = answer.ok(Format::Json, serde_json::to_vec(&rows).map_err(|_| Problem::internal())?);
    if let Some(link) = link {
        response.headers_mut().insert(header::LINK, link);
    }
    Ok(response)
}

fn body(finding: LoggedFinding) -> FindingBody {
    FindingBody {
        id: finding.id,
        check: finding.check,
        severity: finding.severity.to_string(),
        code: finding.code.map(|code| code.to_string()),
        trade_date: finding.trade_date,
        message: finding.message,
        // What was stored without any has none: a reader need not tell two kinds of nothing apart.
        details: if finding.details.is_null() { json!({}) } else { finding.details },
        generation: finding.generation,
        found_at: shanghai::text(finding.found_at),
        closed_at: finding.closed_at.map(shanghai::text),
    }
}
