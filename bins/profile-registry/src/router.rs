//! Which address is answered by what, and who gets there.

use std::sync::Arc;

use axum::{
    Router, middleware,
    routing::{delete, get, post},
};
use daemon_kit::{config::ConsoleConfig, server::Server};

use crate::{
    auth::{limit_anonymous, require_actor, require_admin},
    console, git,
    registry::Registry,
    routes,
};

/// Everything. Four doors: what anybody may ask so often a minute, what proves itself, what needs a token of somebody,
/// and what needs the operators' token. Beside them the operators' pages, which have a door of their own.
pub(crate) fn routes(server: Server, registry: Arc<Registry>, pages: &ConsoleConfig) -> Server {
    let server = match pages.enabled {
        true => server.quiet_routes(console::routes(registry.clone(), pages)),
        false => server,
    };
    server
        .routes(
            open()
                .route_layer(middleware::from_fn_with_state(registry.clone(), limit_anonymous))
                .with_state(registry.clone()),
        )
        .routes(self_proving().with_state(registry.clone()))
        .routes(git::routes(registry.clone()))
        .routes(
            known()
                .route_layer(middleware::from_fn_with_state(registry.clone(), require_actor))
                .with_state(registry.clone()),
        )
        .routes(
            operators()
                .route_layer(middleware::from_fn_with_state(registry.clone(), require_admin))
                .with_state(registry),
        )
}

/// For anybody, so often a minute.
fn open() -> Router<Arc<Registry>> {
    Router::new()
        .route("/claims", post(routes::claims::post))
        .route("/login", post(routes::login::post))
        .route("/operations/{id}/telegram", get(routes::operation_telegram::get).post(routes::operation_telegram::post))
}

/// What brings its own proof, or needs none: signed notifications, the secret of an operation, a page without data.
fn self_proving() -> Router<Arc<Registry>> {
    Router::new()
        .route("/operations/{id}", get(routes::operations::get))
        .route("/payments/wechat", post(routes::payments_wechat::post))
        .route("/telegram/app", get(routes::telegram_app::page))
        .route("/telegram/app.js", get(routes::telegram_app::script))
        .route("/telegram/app.css", get(routes::telegram_app::style))
}

/// For owners, hosts and operators: `Extension<Actor>` says who asks.
fn known() -> Router<Arc<Registry>> {
    Router::new()
        .route("/profiles", get(routes::profiles::list))
        .route("/profiles/{name}", get(routes::profiles::get))
        .route("/profiles/{name}/content", get(routes::profiles_content::content))
        .route("/profiles/{name}/files/{*path}", get(routes::profiles_content::file))
        .route("/profiles/{name}/commits", post(routes::commits::post))
        .route("/profiles/{name}/history", get(routes::history::get))
        .route("/profiles/{name}/diff", get(routes::diff::get))
        .route("/profiles/{name}/restore", post(routes::restore::post))
        .route("/templates", get(routes::templates::list))
        .route("/templates/{name}", get(routes::templates::get))
        .route("/ownership", get(routes::ownership::get))
        .route("/transfers", post(routes::transfers::post))
        .route("/operations/{id}/consent", post(routes::operation_consent::post))
        .route("/hosts/{name}/profiles", get(routes::hosts::profiles))
        .route("/hosts/{name}/profiles/{profile}/env", get(routes::host_env::get))
        .route("/hosts/{name}/profiles/{profile}/delivered", post(routes::host_env::delivered))
        .route("/orders/{number}/paired", post(routes::order_paired::post))
        .route("/credentials/current", get(routes::credentials::current).delete(routes::credentials::revoke_current))
}

/// For operators.
fn operators() -> Router<Arc<Registry>> {
    Router::new()
        .route("/orders", get(routes::orders::list).post(routes::orders::post))
        .route("/orders/{number}", get(routes::orders::get))
        .route("/orders/{number}/retry", post(routes::orders::retry))
        .route("/orders/{number}/refund", post(routes::orders::refund))
        .route("/provision", post(routes::provision::post))
        .route("/pools", get(routes::pools::list))
        .route("/pools/{pool}", post(routes::pools::add))
        .route("/pools/{pool}/replace", post(routes::pools::replace))
        .route("/hosts", get(routes::hosts::list).post(routes::hosts::post))
        .route("/credentials", get(routes::credentials::list).post(routes::credentials::issue))
        .route("/credentials/{id}", delete(routes::credentials::revoke))
}
