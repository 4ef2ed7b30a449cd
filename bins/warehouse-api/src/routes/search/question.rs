//! What a caller asks, on its way to the gateway.

use std::time::Duration;

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, Method, StatusCode, header},
};
use daemon_kit::{body::read_whole, problem::Problem};

/// No form of a search is longer.
const FORM_BYTES: usize = 64 << 10;
const FORM: &str = "application/x-www-form-urlencoded";
const TIMEOUT: &str = "timeout_ms";
const TIMEOUT_MS: std::ops::RangeInclusive<u64> = 100..=120_000;

/// The parameters of a search as one form, and how long its caller waits. The gateway judges the parameters: names are
/// passed on as they came, those of the form before those of the URL, as SearXNG has it.
pub(super) struct Question {
    pub(super) form: String,
    pub(super) timeout: Option<Duration>,
}

impl Question {
    /// Reads a request.
    ///
    /// # Errors
    /// 400 for a `timeout_ms` that is none, 413 for a form that is too long, 415 for a body that is no form.
    pub(super) async fn of(request: Request) -> Result<Self, Problem> {
        let (head, body) = request.into_parts();
        let form = if head.method == Method::POST { form(&head.headers, body).await? } else { Vec::new() };
        let url = head.uri.query().unwrap_or_default();
        let mut passed = form_urlencoded::Serializer::new(String::new());
        let mut timeout = None;
        for (name, value) in form_urlencoded::parse(&form).chain(form_urlencoded::parse(url.as_bytes())) {
            if name == TIMEOUT {
                timeout = timeout.or(Some(milliseconds(&value)?));
            } else {
                passed.append_pair(&name, &value);
            }
        }
        Ok(Self { form: passed.finish(), timeout })
    }
}

fn milliseconds(text: &str) -> Result<Duration, Problem> {
    let milliseconds = text.parse().ok().filter(|number| TIMEOUT_MS.contains(number)).map(Duration::from_millis);
    milliseconds.ok_or_else(|| {
        let allowed = format!("{} to {}", TIMEOUT_MS.start(), TIMEOUT_MS.end());
        Problem::invalid(TIMEOUT, "`timeout_ms` is no number of milliseconds in its range").allowed([allowed])
    })
}

async fn form(headers: &HeaderMap, body: Body) -> Result<Vec<u8>, Problem> {
    let said = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_form = said.split(';').next().is_some_and(|media_type| media_type.trim().eq_ignore_ascii_case(FORM));
    let bytes = read_whole(body, FORM_BYTES).await?;
    if bytes.is_empty() || is_form {
        return Ok(bytes.into());
    }
    let detail = format!("the content-type of the body is not {FORM}");
    let problem = Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "not-a-form", "The body is no form", detail);
    Err(problem.field("content-type").allowed([FORM]))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(method: Method, uri: &str, media_type: &str, body: &'static str) -> Result<Question, u16> {
        let request = Request::builder().method(method).uri(uri).header("content-type", media_type);
        Question::of(request.body(Body::from(body)).unwrap()).await.map_err(|problem| problem.status().as_u16())
    }

    #[tokio::test]
    async fn everything_but_the_callers_deadline_is_passed_on_the_form_first() {
        let asked = read(Method::GET, "/search?q=%E8%B4%B5%20%26&timeout_ms=2000&x=1", "", "").await.unwrap();
        assert_eq!((asked.form.as_str(), asked.timeout), ("q=%E8%B4%B5+%26&x=1", Some(Duration::from_secs(2))));
        let asked = read(Method::POST, "/search?q=b", "application/x-www-form-urlencoded", "q=a").await.unwrap();
        assert_eq!((asked.form.as_str(), asked.timeout), ("q=a&q=b", None));
    }

    #[tokio::test]
    async fn a_deadline_or_a_body_that_cannot_be_used_is_refused() {
        for wrong in ["0", "99", "120001", "soon", "-1", ""] {
            let refused = read(Method::GET, &format!("/search?q=a&timeout_ms={wrong}"), "", "").await;
            assert_eq!(refused.err(), Some(400), "{wrong}");
        }
        assert_eq!(read(Method::POST, "/search", "application/json", "{}").await.err(), Some(415));
        let long: &'static str = Box::leak("x".repeat(FORM_BYTES + 1).into_boxed_str());
        assert_eq!(read(Method::POST, "/search", FORM, long).await.err(), Some(413));
    }
}
