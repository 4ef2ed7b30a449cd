//! `GET` and `POST /search`: SearXNG's JSON dialect, for callers with a token or without.

use std::sync::Arc;

use axum::{
    Extension,
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::{MethodRouter, get},
};
use daemon_kit::{problem::Problem, request_id::RequestId, server::Peer};

use crate::search::{SearchFront, switched_off};

/// The route; `None` is a gateway without SearXNG, which says so. `HEAD` is `GET` without the body, and counts.
pub(crate) fn route(front: Option<Arc<SearchFront>>) -> MethodRouter {
    get(search).post(search).options(options).with_state(front)
}

async fn search(
    State(front): State<Option<Arc<SearchFront>>>,
    Extension(Peer(peer)): Extension<Peer>,
    Extension(id): Extension<RequestId>,
    request: Request,
) -> Result<Response, Problem> {
    match front {
        Some(front) => front.answer(request, peer.ip(), &id).await,
        None => Err(switched_off()),
    }
}

/// What may be asked; costs nothing and needs no token.
async fn options() -> Response {
    (StatusCode::NO_CONTENT, [(header::ALLOW, HeaderValue::from_static("GET, HEAD, POST, OPTIONS"))]).into_response()
}
