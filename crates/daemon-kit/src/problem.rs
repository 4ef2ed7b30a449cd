//! Errors as RFC 9457 problem documents.

use std::borrow::Cow;

use axum::{
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use serde_json::{Map, Value};

/// What every problem type starts with; the rest is the kind, for example `no-generation-yet`.
pub const TYPE_PREFIX: &str = "urn:twilight:problem:";

/// One error answer: `{type, title, status, detail, field?, allowed?, …}` as `application/problem+json`.
///
/// `kind` and `title` are the same for every occurrence; `detail` tells this one. Never put a secret or a caller's
/// credentials into a detail.
#[derive(Clone, Debug)]
pub struct Problem(Box<Content>);

/// Boxed, so that a `Result` with a problem in it stays small.
#[derive(Clone, Debug)]
struct Content {
    status: StatusCode,
    kind: &'static str,
    title: &'static str,
    detail: Cow<'static, str>,
    field: Option<Cow<'static, str>>,
    allowed: Vec<String>,
    members: Map<String, Value>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

#[derive(Serialize)]
struct Body<'a> {
    r#type: String,
    title: &'a str,
    status: u16,
    detail: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'a str>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    allowed: &'a [String],
    #[serde(flatten)]
    members: &'a Map<String, Value>,
}

impl Problem {
    /// A problem of `kind` (kebab-case, stable: clients match on it) with a short, constant `title`.
    pub fn new(
        status: StatusCode,
        kind: &'static str,
        title: &'static str,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self(Box::new(Content {
            status,
            kind,
            title,
            detail: detail.into(),
            field: None,
            allowed: Vec::new(),
            members: Map::new(),
            headers: Vec::new(),
        }))
    }

    /// 400 `invalid-parameter`: the caller's `field` cannot be used.
    pub fn invalid(field: impl Into<Cow<'static, str>>, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid-parameter", "A parameter is invalid", detail).field(field)
    }

    /// 500 `internal`: our fault; what happened stands in the log under the request's id.
    pub fn internal() -> Self {
        let detail = "the server failed to answer; its log has the reason under this request's x-request-id";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Internal error", detail)
    }

    /// Names the field of the request that is at fault.
    #[must_use]
    pub fn field(mut self, field: impl Into<Cow<'static, str>>) -> Self {
        self.0.field = Some(field.into());
        self
    }

    /// Lists what the field may be.
    #[must_use]
    pub fn allowed<T: ToString>(mut self, allowed: impl IntoIterator<Item = T>) -> Self {
        self.0.allowed = allowed.into_iter().map(|value| value.to_string()).collect();
        self
    }

    /// Adds an extension member, for example `candidates`.
    ///
    /// The names that the document has already (`type`, `title`, `status`, `detail`, `field`, `allowed`) are not for it.
    #[must_use]
    pub fn with(mut self, member: &str, value: impl Into<Value>) -> Self {
        debug_assert!(!["type", "title", "status", "detail", "field", "allowed"].contains(&member), "{member}");
        self.0.members.insert(member.to_owned(), value.into());
        self
    }

    /// Adds a response header, for example `retry-after`.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers.push((name, value));
        self
    }

    /// The status it answers with.
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// The kind, the last part of the document's `type`.
    pub fn kind(&self) -> &'static str {
        self.0.kind
    }

    /// The short text that is the same every time.
    pub fn title(&self) -> &'static str {
        self.0.title
    }

    /// The field of the request that is at fault.
    pub fn faulty_field(&self) -> Option<&str> {
        self.0.field.as_deref()
    }

    /// What that field may be.
    pub fn allowed_values(&self) -> &[String] {
        &self.0.allowed
    }

    /// What happened this time.
    pub fn detail(&self) -> &str {
        &self.0.detail
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = Body {
            r#type: format!("{TYPE_PREFIX}{}", self.0.kind),
            title: self.0.title,
            status: self.0.status.as_u16(),
            detail: &self.0.detail,
            field: self.0.field.as_deref(),
            allowed: &self.0.allowed,
            members: &self.0.members,
        };
        // Strings and JSON values only: serialising them cannot fail.
        let body = serde_json::to_vec(&body).unwrap_or_default();
        let mut response = (self.0.status, [(header::CONTENT_TYPE, "application/problem+json")], body).into_response();
        for (name, value) in &self.0.headers {
            response.headers_mut().append(name, value.clone());
        }
        // For whoever shows it otherwise, as the operators' pages do.
        response.extensions_mut().insert(self);
        response
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;

    async fn shown(problem: Problem) -> (Response<()>, String) {
        let (parts, body) = problem.into_response().into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        (Response::from_parts(parts, ()), String::from_utf8(bytes.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn a_problem_names_the_field_and_what_is_allowed() {
        let problem = Problem::invalid("layer", "\"gold\" is no layer").allowed(["raw", "normalized", "curated"]);
        let (response, body) = shown(problem).await;
        assert_eq!(response.status(), StatusCode::BAD_REQUEST);
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json");
        insta::assert_snapshot!(body, @r#"{"type":"urn:twilight:problem:invalid-parameter","title":"A parameter is invalid","status":400,"detail":"\"gold\" is no layer","field":"layer","allowed":["raw","normalized","curated"]}"#);
    }

    #[tokio::test]
    async fn a_problem_carries_further_members_and_headers() {
        let problem =
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "no-generation-yet", "No data yet", "nothing is published")
                .with("candidates", serde_json::json!(["000001.SZ", "000001.SH"]))
                .header(header::RETRY_AFTER, HeaderValue::from_static("5"));
        let (response, body) = shown(problem).await;
        assert_eq!(response.headers()[header::RETRY_AFTER], "5");
        insta::assert_snapshot!(body, @r#"{"type":"urn:twilight:problem:no-generation-yet","title":"No data yet","status":503,"detail":"nothing is published","candidates":["000001.SZ","000001.SH"]}"#);
    }
}
