//! Who may change the gateway: the configured admin token, or an access token with the scope `admin`.

use std::sync::Arc;

use access_tokens::{Denied, Digest, Directory, Scope};
use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use daemon_kit::{clock::Clock, config::Secret, problem::Problem};

/// The actor in the audit log when the configured token was used.
const OPERATOR: &str = "operator";
const CHALLENGE: &str = r#"Bearer realm="twilight""#;
const CHALLENGE_INVALID: &str = r#"Bearer realm="twilight", error="invalid_token""#;
const CHALLENGE_SCOPE: &str = r#"Bearer realm="twilight", error="insufficient_scope", scope="admin""#;

/// Who asks, as the audit log names them: `operator`, or the id of an access token. Handlers take it with
/// `Extension<Caller>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Caller(Arc<str>);

impl Caller {
    /// The name in the audit log.
    pub(crate) fn name(&self) -> &str {
        &self.0
    }
}

/// Lets operators in.
#[derive(Clone, Debug)]
pub(crate) struct AdminAuth {
    /// Only its digest is kept: digests are compared, so that the time of an answer tells nothing about the token.
    configured: Option<Digest>,
    directory: Arc<Directory>,
    clock: Clock,
}

/// Why a token makes nobody an operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NoOperator {
    /// It is not valid.
    Denied(Denied),
    /// It is, without the scope `admin`.
    Lacks,
}

impl AdminAuth {
    /// With the configured token, if there is one.
    pub(crate) fn new(admin_token: Option<&Secret>, directory: Arc<Directory>, clock: Clock) -> Self {
        let configured = admin_token.map(|token| Digest::of(token.expose().as_bytes()));
        Self { configured, directory, clock }
    }

    /// Whether the request may pass, and who asks.
    ///
    /// # Errors
    /// 401 without a valid token, 403 for an access token without the scope.
    pub(crate) fn admit(&self, headers: &HeaderMap, now: DateTime<Utc>) -> Result<Caller, Problem> {
        let presented = match headers.get(header::AUTHORIZATION) {
            None => return Err(unauthorized("send the header `authorization: Bearer <token>`", CHALLENGE)),
            Some(value) => bearer(value)
                .ok_or_else(|| unauthorized("the authorization header is not `Bearer <token>`", CHALLENGE))?,
        };
        self.recognize(&Digest::of(presented), now).map(Caller).map_err(|refused| match refused {
            NoOperator::Lacks => forbidden(),
            NoOperator::Denied(Denied::Unknown) => unauthorized("the token is not valid", CHALLENGE_INVALID),
            NoOperator::Denied(expired @ Denied::Expired { .. }) => {
                unauthorized(expired.to_string(), CHALLENGE_INVALID)
            }
        })
    }

    /// Whose token this is: the name in the audit log.
    ///
    /// # Errors
    /// For whoever is no operator.
    pub(crate) fn recognize(&self, token: &Digest, now: DateTime<Utc>) -> Result<Arc<str>, NoOperator> {
        if self.configured.as_ref() == Some(token) {
            return Ok(Arc::from(OPERATOR));
        }
        match self.directory.find(token, now) {
            Ok(grant) if grant.allows(Scope::Admin) => Ok(grant.id.clone()),
            Ok(_) => Err(NoOperator::Lacks),
            Err(denied) => Err(NoOperator::Denied(denied)),
        }
    }

    /// Now.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }
}

/// Middleware: lets only operators pass, and tells the handlers who asks.
pub(crate) async fn require_admin(State(auth): State<AdminAuth>, mut request: Request, next: Next) -> Response {
    match auth.admit(request.headers(), auth.clock.now()) {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(problem) => problem.into_response(),
    }
}

/// The token of `Bearer <token>`; the scheme's name is case-insensitive (RFC 9110).
fn bearer(value: &HeaderValue) -> Option<&[u8]> {
    let (scheme, token) = value.as_bytes().split_at_checked(7)?;
    (scheme.eq_ignore_ascii_case(b"Bearer ") && !token.trim_ascii().is_empty()).then(|| token.trim_ascii())
}

fn unauthorized(detail: impl Into<std::borrow::Cow<'static, str>>, challenge: &'static str) -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "unauthorized", "A valid token is required", detail)
        .header(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge))
}

fn forbidden() -> Problem {
    let detail = "this route needs the gateway's admin token or an access token with the scope `admin`";
    Problem::new(StatusCode::FORBIDDEN, "insufficient-scope", "The token lacks a scope", detail)
        .with("scope", "admin")
        .header(header::WWW_AUTHENTICATE, HeaderValue::from_static(CHALLENGE_SCOPE))
}

#[cfg(test)]
mod tests {
    use access_tokens::{Grant, Listing};

    use super::*;

    const CONFIGURED: &str = "the-configured-admin-token";

    fn auth(configured: Option<&str>) -> AdminAuth {
        let grant = |id: &str, text: &str, scope: Scope| {
            Arc::new(Grant {
                id: id.into(),
                name: id.into(),
                profile: "ops".into(),
                scopes: [scope].into_iter().collect(),
                models: None,
                daily_cap: None,
                expires_at: (id == "old").then_some(DateTime::UNIX_EPOCH),
                digest: Digest::of(text.as_bytes()),
            })
        };
        let tokens = vec![
            grant("alex", "tw-admin", Scope::Admin),
            grant("bot", "tw-llm", Scope::Llm),
            grant("old", "tw-old", Scope::Admin),
        ];
        let directory = Directory::new();
        directory.replace(&Listing { version: 1, as_of: DateTime::UNIX_EPOCH, tokens });
        AdminAuth::new(configured.map(Secret::new).as_ref(), Arc::new(directory), Clock::fixed(DateTime::UNIX_EPOCH))
    }

    fn outcome(authorization: &'static str) -> Result<String, &'static str> {
        let headers = HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::from_static(authorization))]);
        let admitted = auth(Some(CONFIGURED)).admit(&headers, DateTime::UNIX_EPOCH);
        admitted.map(|caller| caller.name().to_owned()).map_err(|problem| problem.kind())
    }

    #[test]
    fn the_configured_token_and_admin_tokens_open_and_are_named() {
        assert_eq!(outcome("Bearer the-configured-admin-token"), Ok("operator".to_owned()));
        assert_eq!(outcome("bearer  tw-admin "), Ok("alex".to_owned()));
    }

    #[test]
    fn nothing_else_does() {
        assert_eq!(outcome("Bearer tw-llm"), Err("insufficient-scope"));
        for authorization in
            ["", "Bearer", "Bearer  ", "Basic tw-admin", "Bearer TW-ADMIN", "Bearer tw-old", "tw-admin"]
        {
            assert_eq!(outcome(authorization), Err("unauthorized"), "{authorization}");
        }
        let none = auth(None).admit(&HeaderMap::new(), DateTime::UNIX_EPOCH);
        assert_eq!(none.unwrap_err().kind(), "unauthorized");
        // Without a configured token the empty text is none either.
        let headers = HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::from_static("Bearer operator"))]);
        assert_eq!(auth(None).admit(&headers, DateTime::UNIX_EPOCH).unwrap_err().kind(), "unauthorized");
    }
}
