//! Who may ask: bearer tokens with scopes.
//!
//! Tokens are kept as SHA-256 digests and compared in constant time; every configured token is looked at for every
//! request, so that the time of an answer tells nothing about how close a guess was.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use daemon_kit::{
    config::{ApiToken, Scope},
    problem::Problem,
};
use sha2::{Digest, Sha256};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};

/// Who asks: the name of the token that let the request in. Handlers take it with `Extension<Caller>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caller(Arc<str>);

impl Caller {
    /// The token's name.
    pub(crate) fn name(&self) -> &str {
        &self.0
    }
}

/// The tokens of this server.
#[derive(Clone)]
pub(crate) struct Tokens {
    known: Arc<[KnownToken]>,
}

struct KnownToken {
    name: Arc<str>,
    digest: [u8; 32],
    /// A [`bit`] per scope.
    scopes: u8,
}

impl Tokens {
    /// Takes the configured tokens; only their digests are kept.
    pub(crate) fn new(tokens: &[ApiToken]) -> Self {
        let known = tokens.iter().map(|token| KnownToken {
            name: Arc::from(token.name.as_str()),
            digest: Sha256::digest(token.token.expose().as_bytes()).into(),
            scopes: token.scopes.iter().fold(0, |bits, scope| bits | bit(*scope)),
        });
        Self { known: known.collect() }
    }

    /// Checks that the request carries a token with `scope`, and says whose it is.
    ///
    /// # Errors
    /// 401 without a valid token, 403 that names the scope where the token lacks it.
    pub(crate) fn require(&self, headers: &HeaderMap, scope: Scope) -> Result<Caller, Problem> {
        let presented = match headers.get(header::AUTHORIZATION) {
            None => return Err(unauthorized("send the header `authorization: Bearer <token>`", CHALLENGE)),
            Some(value) => bearer(value)
                .ok_or_else(|| unauthorized("the authorization header is not `Bearer <token>`", CHALLENGE))?,
        };
        let token =
            self.find(presented).ok_or_else(|| unauthorized("the token is not valid", CHALLENGE_INVALID_TOKEN))?;
        if token.scopes & bit(scope) == 0 { Err(forbidden(scope)) } else { Ok(Caller(token.name.clone())) }
    }

    fn find(&self, presented: &[u8]) -> Option<&KnownToken> {
        let digest: [u8; 32] = Sha256::digest(presented).into();
        let mut found = Choice::from(0);
        let mut place = 0_u32;
        for (index, token) in (0_u32..).zip(self.known.iter()) {
            let equal = token.digest.ct_eq(&digest);
            place.conditional_assign(&index, equal);
            found |= equal;
        }
        if bool::from(found) { self.known.get(place as usize) } else { None }
    }
}

/// Middleware: lets only requests with a token of the scope pass, and tells their handlers who asks.
pub(crate) async fn require_scope(
    State((tokens, scope)): State<(Tokens, Scope)>,
    mut request: Request,
    next: Next,
) -> Response {
    match tokens.require(request.headers(), scope) {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(problem) => problem.into_response(),
    }
}

fn bit(scope: Scope) -> u8 {
    match scope {
        Scope::Read => 1,
        Scope::Admin => 2,
    }
}

fn name(scope: Scope) -> &'static str {
    match scope {
        Scope::Read => "read",
        Scope::Admin => "admin",
    }
}

const CHALLENGE: &str = r#"Bearer realm="twilight""#;
const CHALLENGE_INVALID_TOKEN: &str = r#"Bearer realm="twilight", error="invalid_token""#;

/// The token of `Bearer <token>`; the scheme's name is case-insensitive (RFC 9110).
fn bearer(value: &HeaderValue) -> Option<&[u8]> {
    let (scheme, token) = value.as_bytes().split_at_checked(7)?;
    (scheme.eq_ignore_ascii_case(b"Bearer ") && !token.trim_ascii().is_empty()).then(|| token.trim_ascii())
}

fn unauthorized(detail: &'static str, challenge: &'static str) -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "unauthorized", "A valid token is required", detail)
        .header(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge))
}

fn forbidden(scope: Scope) -> Problem {
    let challenge = match scope {
        Scope::Read => r#"Bearer realm="twilight", error="insufficient_scope", scope="read""#,
        Scope::Admin => r#"Bearer realm="twilight", error="insufficient_scope", scope="admin""#,
    };
    let detail = format!("this route needs a token with the scope `{}`", name(scope));
    Problem::new(StatusCode::FORBIDDEN, "insufficient-scope", "The token lacks a scope", detail)
        .with("scope", name(scope))
        .header(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use daemon_kit::config::Secret;

    use super::*;

    fn tokens() -> Tokens {
        let token = |text: &str, scopes: &[Scope]| ApiToken {
            name: format!("the-{text}"),
            token: Secret::new(text),
            scopes: BTreeSet::from_iter(scopes.iter().copied()),
        };
        Tokens::new(&[token("reader", &[Scope::Read]), token("operator", &[Scope::Read, Scope::Admin])])
    }

    fn outcome(authorization: &'static str, scope: Scope) -> Result<String, &'static str> {
        let headers = HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::from_static(authorization))]);
        tokens().require(&headers, scope).map(|caller| caller.name().to_owned()).map_err(|problem| problem.kind())
    }

    #[test]
    fn a_token_opens_what_its_scopes_say_and_names_its_owner() {
        let (reader, operator) = (Ok("the-reader".to_owned()), Ok("the-operator".to_owned()));
        assert_eq!(outcome("Bearer reader", Scope::Read), reader);
        assert_eq!(outcome("bearer  reader ", Scope::Read), reader);
        assert_eq!(outcome("Bearer reader", Scope::Admin), Err("insufficient-scope"));
        assert_eq!(outcome("Bearer operator", Scope::Read), operator);
        assert_eq!(outcome("Bearer operator", Scope::Admin), operator);
    }

    #[test]
    fn anything_but_a_known_token_is_refused() {
        for authorization in
            ["", "Bearer", "Bearer ", "Bearer    ", "Basic reader", "reader", "Bearer READER", "Bearer r"]
        {
            assert_eq!(outcome(authorization, Scope::Read), Err("unauthorized"), "{authorization}");
        }
        assert_eq!(tokens().require(&HeaderMap::new(), Scope::Read).unwrap_err().kind(), "unauthorized");
        let nobody = Tokens::new(&[]);
        let headers = HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::from_static("Bearer x"))]);
        assert_eq!(nobody.require(&headers, Scope::Read).unwrap_err().kind(), "unauthorized");
    }
}
