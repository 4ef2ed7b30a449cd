//! `/admin/tokens`: who may call the gateway, and the other daemons with it.
//!
//! | request | does |
//! |---|---|
//! | `POST /admin/tokens` | registers a token; by id, so that sending it again is harmless |
//! | `GET /admin/tokens?profile&state` | lists them |
//! | `DELETE /admin/tokens/{id}` | revokes one |

mod list;
mod register;
mod revoke;

use std::sync::Arc;

use axum::{
    Router,
    routing::{delete, get},
};

use crate::tokens::Tokens;

/// The routes. Whoever mounts them asks for an operator's token first.
pub(crate) fn router(tokens: Arc<Tokens>, clock: daemon_kit::clock::Clock) -> Router {
    let state = TokensState { tokens, clock };
    Router::new()
        .route("/admin/tokens", get(list::get).post(register::post))
        .route("/admin/tokens/{id}", delete(revoke::delete))
        .with_state(state)
}

/// What the handlers use.
#[derive(Clone, Debug)]
struct TokensState {
    tokens: Arc<Tokens>,
    clock: daemon_kit::clock::Clock,
}

#[cfg(test)]
mod tests;
