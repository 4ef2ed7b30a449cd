//! Middleware: who may pass.

use std::{net::IpAddr, sync::Arc};

use axum::{
    extract::{Request, State},
    http::{Extensions, HeaderMap, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use daemon_kit::{
    limiter::TooMany,
    problem::Problem,
    server::{Peer, caller_address},
};

use super::Actor;
use crate::{failure, registry::Registry};

/// The token of `Bearer <token>`; the scheme's name is case-insensitive (RFC 9110).
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&[u8]> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.as_bytes().split_at_checked(7)?;
    (scheme.eq_ignore_ascii_case(b"Bearer ") && !token.trim_ascii().is_empty()).then(|| token.trim_ascii())
}

/// Where a request comes from, as far as trusted proxies say so.
pub(crate) fn address(registry: &Registry, headers: &HeaderMap, extensions: &Extensions) -> IpAddr {
    // There is a peer wherever the server serves; a test without one is local.
    let peer = extensions.get::<Peer>().map_or(IpAddr::from([127, 0, 0, 1]), |peer| peer.0.ip());
    caller_address(headers, peer, &registry.config.trusted_proxies)
}

/// 429 with the seconds to wait.
pub(crate) fn too_many(TooMany(seconds): TooMany) -> Problem {
    metrics::counter!("registry_limited_total").increment(1);
    let detail = format!("too many requests without a valid token from this address: wait {seconds} s");
    Problem::new(StatusCode::TOO_MANY_REQUESTS, "too-many-requests", "Too many requests", detail)
        .header(header::RETRY_AFTER, HeaderValue::from(seconds))
}

/// Lets everybody pass, each address so often a minute.
pub(crate) async fn limit_anonymous(State(registry): State<Arc<Registry>>, request: Request, next: Next) -> Response {
    let address = address(&registry, request.headers(), request.extensions());
    match registry.limiter.admit(address, registry.clock.now()) {
        Ok(()) => next.run(request).await,
        Err(limited) => too_many(limited).into_response(),
    }
}

/// Lets whoever has a valid token pass, and tells the handlers who asks. Guesses are counted by address.
pub(crate) async fn require_actor(State(registry): State<Arc<Registry>>, mut request: Request, next: Next) -> Response {
    match identify(&registry, request.headers(), request.extensions()).await {
        Ok(actor) => {
            request.extensions_mut().insert(actor);
            next.run(request).await
        }
        Err(problem) => problem.into_response(),
    }
}

/// As [`require_actor`], for operators only.
pub(crate) async fn require_admin(State(registry): State<Arc<Registry>>, mut request: Request, next: Next) -> Response {
    let admitted = match identify(&registry, request.headers(), request.extensions()).await {
        Ok(actor) => actor.require_admin().map(|()| actor),
        Err(problem) => Err(problem),
    };
    match admitted {
        Ok(actor) => {
            request.extensions_mut().insert(actor);
            next.run(request).await
        }
        Err(problem) => problem.into_response(),
    }
}

async fn identify(registry: &Registry, headers: &HeaderMap, extensions: &Extensions) -> Result<Actor, Problem> {
    let token = bearer(headers);
    let known = match token {
        None => None,
        Some(token) => registry.credentials.who(token).await.map_err(failure::operation)?,
    };
    match known {
        Some(actor) => Ok(actor),
        None => {
            let address = address(registry, headers, extensions);
            registry.limiter.admit(address, registry.clock.now()).map_err(too_many)?;
            Err(failure::unauthorized(token.is_some()))
        }
    }
}
