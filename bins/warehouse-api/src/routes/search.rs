//! `GET` and `POST /search`: the web, through the gateway.
//!
//! The gateway limits, caches and asks; here its answer is passed on. This server tells it whose search it is, waits out
//! its 429 and tries again what may heal, for as long as the caller has the time.

mod gateway;
mod patience;
mod question;

use std::sync::Arc;

use axum::{
    Extension,
    extract::{Request, State},
    response::Response,
};
use daemon_kit::{problem::Problem, request_id::RequestId};

pub(crate) use gateway::SearchGateway;
use question::Question;

use crate::{app::App, auth::Caller};

/// Searches the web. Parameters and answer are SearXNG's; they may also be posted as a form.
#[utoipa::path(
    get,
    path = "/search",
    tag = "search",
    params(
        ("q" = String, Query, description = "What to search for", example = "贵州茅台 三季报"),
        ("language" = Option<String>, Query, description = "A language code, `all` or `auto`", example = "zh-CN"),
        ("categories" = Option<String>, Query, description = "Comma-separated; default general", example = "news"),
        ("engines" = Option<String>, Query, description = "Comma-separated. Default: the Chinese engines for Chinese, the global ones otherwise, of each those that work", example = "baidu,sogou"),
        ("pageno" = Option<u32>, Query, description = "From 1"),
        ("time_range" = Option<String>, Query, description = "`day`, `week`, `month` or `year`"),
        ("safesearch" = Option<u8>, Query, description = "0 none, 1 moderate, 2 strict"),
        ("timeout_ms" = Option<u64>, Query, description = "How long to wait altogether, 100 to 120000. Default: the server's, 15000"),
    ),
    responses(
        (status = 200, description = "SearXNG's answer; `stale: true` where an earlier one stands in for engines that fail", body = crate::openapi::SearchBody, headers(
            ("x-twilight-cache" = String, description = "`fresh`, `hit`, `coalesced` or `stale`"),
            ("x-ratelimit-limit" = u32, description = "Searches a minute"),
            ("x-ratelimit-remaining" = u32, description = "Searches left"),
        )),
        (status = 400, description = "A parameter cannot be used", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The token lacks the scope `search`", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "Too many searches, and `retry-after` is longer than the caller waits", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
        (status = 501, description = "The gateway has no SearXNG", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
        (status = 502, description = "`search-engines-failed` with each engine's reason, or something on the way is not what it should be", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "SearXNG or the gateway is unreachable or busy", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
        (status = 504, description = "`search-timeout`", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Extension(id): Extension<RequestId>,
    request: Request,
) -> Result<Response, Problem> {
    let question = Question::of(request).await?;
    app.search.ask(&question, &caller, &id).await
}

/// The same with the parameters in a form, where no log on the way shows them.
#[utoipa::path(
    post,
    path = "/search",
    tag = "search",
    request_body(content_type = "application/x-www-form-urlencoded", description = "The parameters of GET"),
    responses(
        (status = 200, description = "As GET", body = crate::openapi::SearchBody),
        (status = 413, description = "More than 64 KiB", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "The body is no form", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn post(
    state: State<Arc<App>>,
    caller: Extension<Caller>,
    id: Extension<RequestId>,
    request: Request,
) -> Result<Response, Problem> {
    get(state, caller, id, request).await
}
