//! Who may ask: bearer tokens with scopes, the configured ones and the gateway's access tokens.
//!
//! Tokens are kept as SHA-256 digests. The configured ones are compared in constant time, every one for every request, and
//! access tokens are looked up by digest: the time of an answer tells nothing about how close a guess was.

use std::{borrow::Cow, sync::Arc};

use access_tokens::{Denied, Digest, Directory};
use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use daemon_kit::{
    clock::Clock,
    config::{ApiToken, Scope},
    problem::Problem,
};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};

/// Who asks: the name of the configured token that let the request in, or the id of the access token. Handlers take it with `Extension<Caller>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caller(Arc<str>);

impl Caller {
    /// The token's name or id.
    pub(crate) fn name(&self) -> &str {
        &self.0
    }

    /// The same, shared.
    pub(crate) fn shared_name(&self) -> Arc<str> {
        self.0.clone()
    }
}

/// The tokens of this server.
#[derive(Clone)]
pub(crate) struct Tokens {
    known: Arc<[KnownToken]>,
    /// The gateway's.
    directory: Arc<Directory>,
    clock: Clock,
}

struct KnownToken {
    name: Arc<str>,
    digest: Digest,
    /// A [`bit`] per scope.
    scopes: u8,
}

impl Tokens {
    /// Takes the configured tokens, of which only the digests are kept, and those of the gateway.
    pub(crate) fn new(tokens: &[ApiToken], directory: Arc<Directory>, clock: Clock) -> Self {
        let known = tokens.iter().map(|token| KnownToken {
            name: Arc::from(token.name.as_str()),
            digest: Digest::of(token.token.expose().as_bytes()),
            scopes: token.scopes.iter().fold(0, |bits, scope| bits | bit(*scope)),
        });
        Self { known: known.collect(), directory, clock }
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
        match self.admit(&Digest::of(presented), &[scope]) {
            Ok(caller) => Ok(caller),
            Err(NotAdmitted::Token(denied @ Denied::Expired { .. })) => {
                Err(unauthorized(denied.to_string(), CHALLENGE_INVALID_TOKEN))
            }
            Err(NotAdmitted::Token(Denied::Unknown)) => {
                Err(unauthorized("the token is not valid", CHALLENGE_INVALID_TOKEN))
            }
            Err(NotAdmitted::Lacks(scope)) => Err(forbidden(scope)),
        }
    }

    /// Whose token it is, if it has every one of `scopes`.
    ///
    /// # Errors
    /// What is wrong with the token, or the first scope that it lacks.
    pub(crate) fn admit(&self, digest: &Digest, scopes: &[Scope]) -> Result<Caller, NotAdmitted> {
        let lacks = |allows: &dyn Fn(Scope) -> bool| scopes.iter().copied().find(|scope| !allows(*scope));
        let (caller, lacks) = match self.find(digest) {
            Some(token) => (Caller(token.name.clone()), lacks(&|scope| token.scopes & bit(scope) != 0)),
            None => {
                let grant = self.directory.find(digest, self.clock.now()).map_err(NotAdmitted::Token)?;
                (Caller(grant.id.clone()), lacks(&|scope| grant.allows(of_directory(scope))))
            }
        };
        lacks.map_or(Ok(caller), |scope| Err(NotAdmitted::Lacks(scope)))
    }

    fn find(&self, digest: &Digest) -> Option<&KnownToken> {
        let mut found = Choice::from(0);
        let mut place = 0_u32;
        for (index, token) in (0_u32..).zip(self.known.iter()) {
            let equal = token.digest.as_bytes().ct_eq(digest.as_bytes());
            place.conditional_assign(&index, equal);
            found |= equal;
        }
        if bool::from(found) { self.known.get(place as usize) } else { None }
    }
}

/// Why a token does not open what is asked for.
#[derive(Debug)]
pub(crate) enum NotAdmitted {
    /// It is none of ours, or not any more.
    Token(Denied),
    /// It lacks a scope.
    Lacks(Scope),
}

fn of_directory(scope: Scope) -> access_tokens::Scope {
    match scope {
        Scope::Read => access_tokens::Scope::Read,
        Scope::Search => access_tokens::Scope::Search,
        Scope::Admin => access_tokens::Scope::Admin,
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
        Scope::Search => 4,
    }
}

/// The scope's name, as in the configuration.
pub(crate) fn name(scope: Scope) -> &'static str {
    match scope {
        Scope::Read => "read",
        Scope::Search => "search",
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

fn unauthorized(detail: impl Into<Cow<'static, str>>, challenge: &'static str) -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "unauthorized", "A valid token is required", detail)
        .header(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge))
}

fn forbidden(scope: Scope) -> Problem {
    let challenge = match scope {
        Scope::Read => r#"Bearer realm="twilight", error="insufficient_scope", scope="read""#,
        Scope::Search => r#"Bearer realm="twilight", error="insufficient_scope", scope="search""#,
        Scope::Admin => r#"Bearer realm="twilight", error="insufficient_scope", scope="admin""#,
    };
    let detail = format!("this route needs a token with the scope `{}`", name(scope));
    Problem::new(StatusCode::FORBIDDEN, "insufficient-scope", "The token lacks a scope", detail)
        .with("scope", name(scope))
        .header(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge))
}

#[cfg(test)]
mod tests;
