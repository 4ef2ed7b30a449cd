//! What a search without an answer looks like to its caller.

use std::time::Duration;

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use daemon_kit::problem::Problem;
use serde_json::{Value, json};
use web_search::{Limited, SearchFailed};

pub(super) const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
pub(super) const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");

/// How soon a SearXNG that is away is asked for again.
const SOON: Duration = Duration::from_secs(5);

/// 429 that says when the next one is let through.
pub(super) fn limited(limited: &Limited) -> Problem {
    let seconds = whole_seconds(limited.retry_after);
    let detail = format!("{limited}, counted over the last 60 s; the next one is let through in {seconds} s");
    Problem::new(StatusCode::TOO_MANY_REQUESTS, "search-rate-limited", "Too many searches", detail)
        .with("limit", limited.limit)
        .header(header::RETRY_AFTER, HeaderValue::from(seconds))
        .header(LIMIT, HeaderValue::from(limited.limit))
        .header(REMAINING, HeaderValue::from(0))
}

/// What became of a search that has no answer.
pub(super) fn failed(failed: &SearchFailed) -> Problem {
    let detail = failed.to_string();
    match failed {
        SearchFailed::EnginesFailed { reasons } => {
            let engines: Vec<Value> =
                reasons.iter().map(|(engine, reason)| json!({"engine": engine, "reason": reason})).collect();
            Problem::new(StatusCode::BAD_GATEWAY, "search-engines-failed", "Every search engine failed", detail)
                .with("engines", engines)
        }
        SearchFailed::Upstream { .. } => {
            Problem::new(StatusCode::BAD_GATEWAY, "search-upstream", "SearXNG gave no answer", detail)
        }
        SearchFailed::Unreachable { .. } => {
            let kind = "search-unreachable";
            let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, kind, "SearXNG is unreachable", detail);
            retry_after(problem, SOON)
        }
        SearchFailed::Timeout { .. } => {
            Problem::new(StatusCode::GATEWAY_TIMEOUT, "search-timeout", "SearXNG took too long", detail)
        }
        SearchFailed::UpstreamLimited { retry_after: wait } => {
            let (kind, title) = ("search-upstream-limited", "SearXNG's own limiter refuses");
            retry_after(Problem::new(StatusCode::SERVICE_UNAVAILABLE, kind, title, detail), wait.unwrap_or(SOON))
        }
        SearchFailed::Busy => {
            let problem =
                Problem::new(StatusCode::SERVICE_UNAVAILABLE, "search-busy", "Too many searches at once", detail);
            retry_after(problem, Duration::from_secs(1))
        }
        SearchFailed::BadRequest(_) => {
            Problem::new(StatusCode::BAD_REQUEST, "search-refused", "SearXNG refuses a parameter", detail)
        }
    }
}

/// 501: this gateway has no SearXNG.
pub(crate) fn switched_off() -> Problem {
    let detail = "this gateway has no web search: gateway-proxy.search.searxng_url is not configured";
    Problem::new(StatusCode::NOT_IMPLEMENTED, "search-not-configured", "There is no web search here", detail)
}

fn retry_after(problem: Problem, wait: Duration) -> Problem {
    problem.header(header::RETRY_AFTER, HeaderValue::from(whole_seconds(wait)))
}

/// Rounded up: who comes back then is not too early.
fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse as _;

    use super::*;

    #[test]
    fn every_failure_has_its_status_and_says_when_to_come_back_where_that_is_known() {
        let wait = |problem: Problem| {
            let (status, kind) = (problem.status().as_u16(), problem.kind());
            let response = problem.into_response();
            let wait = response.headers().get("retry-after").map(|wait| wait.to_str().unwrap().to_owned());
            (status, kind, wait.unwrap_or_default())
        };
        let told = |status, kind, wait: &str| (status, kind, wait.to_owned());
        let reasons = vec![("baidu".to_owned(), "CAPTCHA".to_owned())];
        let upstream = SearchFailed::Upstream { status: 200, problem: "a page of HTML".to_owned() };
        let limited_by = |seconds| SearchFailed::UpstreamLimited { retry_after: Some(Duration::from_secs(seconds)) };
        assert_eq!(wait(failed(&SearchFailed::EnginesFailed { reasons })), told(502, "search-engines-failed", ""));
        assert_eq!(wait(failed(&upstream)), told(502, "search-upstream", ""));
        let unreachable = SearchFailed::Unreachable { problem: "refused".to_owned() };
        assert_eq!(wait(failed(&unreachable)), told(503, "search-unreachable", "5"));
        let timeout = SearchFailed::Timeout { after: Duration::from_secs(6) };
        assert_eq!(wait(failed(&timeout)), told(504, "search-timeout", ""));
        assert_eq!(wait(failed(&limited_by(42))), told(503, "search-upstream-limited", "42"));
        assert_eq!(wait(failed(&SearchFailed::Busy)), told(503, "search-busy", "1"));
        assert_eq!(wait(failed(&SearchFailed::BadRequest("x".to_owned()))), told(400, "search-refused", ""));
        assert_eq!(wait(switched_off()), told(501, "search-not-configured", ""));
        let limit = Limited { limit: 10, retry_after: Duration::from_millis(6_001) };
        assert_eq!(wait(limited(&limit)), told(429, "search-rate-limited", "7"));
    }

    #[test]
    fn the_engines_and_their_reasons_are_members_of_the_document() {
        let reasons = vec![("baidu".to_owned(), "CAPTCHA".to_owned()), ("sogou".to_owned(), "timeout".to_owned())];
        let problem = failed(&SearchFailed::EnginesFailed { reasons });
        assert!(problem.detail().contains("baidu (CAPTCHA), sogou (timeout)"), "{}", problem.detail());
    }
}
