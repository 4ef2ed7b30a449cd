//! `GET /quality/quarantine`: a page of entries.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{Uri, header},
    response::Response,
};
use daemon_kit::problem::Problem;
use warehouse::{Generation, QuarantineFilter};

use super::body::body;
use crate::{
    answer::DataAnswer,
    app::App,
    openapi::QuarantinedBody,
    query::{Format, Params, cursor, limit, next_link, optional_code, rule},
    timing::Timing,
};

const PARAMETERS: &[&str] = &["state", "source", "dataset", "code", "rule", "limit", "cursor"];
/// What may become of an entry.
const STATES: [(&str, &str); 4] =
    [("held", "held"), ("released", "released"), ("discarded", "discarded"), ("superseded", "superseded")];

/// The rows that were refused, newest first.
///
/// A plain array; where there are more, the header `Link: <…>; rel="next"` leads to the next page.
#[utoipa::path(
    get, path = "/quality/quarantine", tag = "quality", operation_id = "quarantine",
    params(
        ("state" = Option<String>, Query, description = "`held` (nobody has decided), `released`, `discarded`, `superseded`. Default: all", example = "held"),
        ("source" = Option<String>, Query, description = "One vendor's rows", example = "tushare"),
        ("dataset" = Option<String>, Query, description = "Rows meant for one table", example = "normalized_daily"),
        ("code" = Option<String>, Query, description = "Rows about one code", example = "600519.SH"),
        ("rule" = Option<String>, Query, description = "Rows that one rule refused", example = "nonpositive_price"),
        ("limit" = Option<u64>, Query, description = "Rows of a page, 1 to 1000. Default 100", example = 100),
        ("cursor" = Option<String>, Query, description = "From the `Link` header of the page before"),
        ("if-none-match" = Option<String>, Header, description = "An earlier answer's ETag: 304 if it still holds"),
    ),
    responses(
        (status = 200, description = "The entries", body = Vec<QuarantinedBody>, headers(("link" = String, description = "`<…>; rel=\"next\"` while there are more"))),
        (status = 304, description = "The caller has this answer already"),
        (status = 400, description = "A parameter is unknown or wrong; an unknown rule is answered with the nearest codes", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The token lacks the scope `read`", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
        (status = 500, description = "Our fault; the log has the reason under the answer's x-request-id", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "`no-generation-yet`, or `busy`", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
        (status = 504, description = "`query-timeout`", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get(State(app): State<Arc<App>>, request: Request) -> Result<Response, Problem> {
    let timing = Timing::start();
    let generation = app.generation()?;
    let filter = parse(request.uri(), &generation)?;
    let variant = ["quality", "quarantine", Format::Json.name()];
    let mut answer = DataAnswer::new(generation, timing, variant, app.moment());
    if let Some(not_modified) = answer.not_modified(request.headers()) {
        return Ok(not_modified);
    }
    let generation = answer.generation.clone();
    let page = app.queries.run(move || generation.quarantine(&filter)).await?;
    answer.timing.read_until_now();
    let link = page.next.and_then(|cursor| next_link(request.uri(), &cursor));
    let rows: Vec<QuarantinedBody> = page.rows.into_iter().map(body).collect();
    let mut response = answer.ok(Format::Json, serde_json::to_vec(&rows).map_err(|_| Problem::internal())?);
    if let Some(link) = link {
        response.headers_mut().insert(header::LINK, link);
    }
    Ok(response)
}

fn parse(uri: &Uri, generation: &Generation) -> Result<QuarantineFilter, Problem> {
    let params = Params::parse(uri, PARAMETERS)?;
    let text = |name: &str| params.get(name).map(str::to_owned);
    let state = match params.get("state") {
        Some(_) => Some(params.choice("state", &STATES)?.to_owned()),
        None => None,
    };
    Ok(QuarantineFilter {
        state,
        source: text("source"),
        dataset: text("dataset"),
        code: optional_code(&params, generation)?.map(|code| code.to_string()),
        rule: rule(&params, "rule")?.map(str::to_owned),
        after: cursor(&params)?,
        limit: limit(&params)?,
    })
}
