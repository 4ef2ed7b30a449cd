//! What is asked: the parameters of the URL and of a form.

use std::borrow::Cow;

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, Method, StatusCode, header},
};
use daemon_kit::{body::read_whole, problem::Problem};
use web_search::{BadQuery, SearchQuery};

/// No form of a search is longer.
const FORM_BYTES: usize = 64 << 10;
const FORM: &str = "application/x-www-form-urlencoded";

/// Reads the search that a request is about. As SearXNG has it, a name in the form counts before one in the URL.
///
/// # Errors
/// 400 for a parameter that cannot be used, 413 for a form that is too long, 415 for a body that is no form.
pub(super) async fn parameters(request: Request) -> Result<SearchQuery, Problem> {
    let (head, body) = request.into_parts();
    let form = if head.method == Method::POST { form(&head.headers, body).await? } else { Vec::new() };
    let url = head.uri.query().unwrap_or_default();
    let pairs = form_urlencoded::parse(&form).chain(form_urlencoded::parse(url.as_bytes()));
    SearchQuery::parse(pairs).map_err(|bad| problem(&bad))
}

async fn form(headers: &HeaderMap, body: Body) -> Result<Vec<u8>, Problem> {
    let said = headers.get(header::CONTENT_TYPE).map(|value| value.to_str().unwrap_or("?"));
    let media_type = said.map(|said| said.split(';').next().unwrap_or_default().trim());
    let bytes = read_whole(body, FORM_BYTES).await?;
    if bytes.is_empty() || media_type.is_some_and(|media_type| media_type.eq_ignore_ascii_case(FORM)) {
        return Ok(bytes.into());
    }
    let detail: Cow<'static, str> = match media_type {
        Some(_) => format!("the content-type is not {FORM}").into(),
        None => "the body has no content-type".into(),
    };
    let problem = Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "not-a-form", "The body is no form", detail);
    Err(problem.field("content-type").allowed([FORM]))
}

/// What the field may be is told, what it was is not.
fn problem(bad: &BadQuery) -> Problem {
    Problem::invalid(bad.field, bad.to_string()).allowed(bad.allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(
        method: Method,
        uri: &str,
        media_type: &str,
        body: &'static str,
    ) -> Result<SearchQuery, (u16, String)> {
        let request = Request::builder().method(method).uri(uri);
        let request = if media_type.is_empty() { request } else { request.header("content-type", media_type) };
        let read = parameters(request.body(Body::from(body)).unwrap()).await;
        read.map_err(|problem| (problem.status().as_u16(), problem.kind().to_owned()))
    }

    #[tokio::test]
    async fn urls_and_forms_ask_alike_and_the_form_counts_first() {
        let url = read(Method::GET, "/search?q=a%20b&format=json&pageno=2", "", "").await.unwrap();
        assert_eq!((url.q(), url.pageno()), ("a b", 2));
        let form =
            read(Method::POST, "/search?q=c&pageno=2", "application/x-www-form-urlencoded; charset=utf-8", "q=a+b");
        let form = form.await.unwrap();
        assert_eq!(form, url);
        assert_eq!(read(Method::POST, "/search?q=c", "", "").await.unwrap().q(), "c");
        let chinese = read(Method::GET, "/search?q=%E8%B4%B5%E5%B7%9E", "", "").await.unwrap();
        assert!(chinese.is_chinese());
    }

    #[tokio::test]
    async fn what_cannot_be_asked_is_refused_by_name_and_without_its_text() {
        let refused = |status: u16, kind: &str| Err((status, kind.to_owned()));
        assert_eq!(read(Method::GET, "/search", "", "").await, refused(400, "invalid-parameter"));
        assert_eq!(read(Method::GET, "/search?q=a&format=html", "", "").await, refused(400, "invalid-parameter"));
        assert_eq!(read(Method::POST, "/search", "application/json", "{}").await, refused(415, "not-a-form"));
        assert_eq!(read(Method::POST, "/search", "", "q=a").await, refused(415, "not-a-form"));
        let long: &'static str = Box::leak(format!("q={}", "x".repeat(FORM_BYTES)).into_boxed_str());
        assert_eq!(read(Method::POST, "/search", FORM, long).await, refused(413, "body-too-large"));
        let request = Request::builder().uri("/search?q=a&pageno=marker").body(Body::empty()).unwrap();
        let problem = parameters(request).await.unwrap_err();
        assert!(!problem.detail().contains("marker"), "{problem:?}");
    }
}
