//! Which address is answered by what.

use std::sync::Arc;

use axum::{
    Router, middleware,
    routing::{get, post},
};
use daemon_kit::{
    clock::Clock,
    config::{GatewayConfig, Secret},
    server::Server,
};
use llm_upstream::{Endpoint, Target, Upstreams};

use crate::{
    admin::{AdminAuth, require_admin},
    channels::Channels,
    gateway::Gateway,
    prices::PriceBook,
    reconcile::Reconciler,
    relay::{PlainRelay, RelayOptions},
    routes,
    tokens::Tokens,
};

/// What the routes share.
pub(crate) struct Shared {
    pub(crate) gateway: Arc<Gateway>,
    pub(crate) channels: Arc<Channels>,
    pub(crate) prices: Arc<PriceBook>,
    pub(crate) tokens: Arc<Tokens>,
    pub(crate) reconciler: Arc<Reconciler>,
    pub(crate) admin_token: Option<Secret>,
    pub(crate) clock: Clock,
}

/// Everything: the relay, the models, and the operators' routes.
pub(crate) fn governed(server: Server, shared: Shared) -> Server {
    let Shared { gateway, channels, prices, tokens, reconciler, admin_token, clock } = shared;
    let auth = AdminAuth::new(admin_token.as_ref(), gateway.directory.clone(), clock.clone());
    let admin = Router::new()
        .merge(routes::admin_channels::router(gateway.clone(), channels.clone()))
        .merge(routes::admin_requests::router(gateway.clone()))
        .merge(routes::admin_usage::router(gateway.clone()))
        .merge(routes::admin_audit::router(gateway.clone()))
        .merge(routes::admin_prices::router(gateway.clone(), channels, prices))
        .merge(routes::admin_reconcile::router(reconciler))
        .merge(routes::admin_tokens::router(tokens, clock))
        .route_layer(middleware::from_fn_with_state(auth, require_admin));
    let models = Router::new()
        .route("/v1/models", get(routes::models::list))
        .route("/v1/models/{*model}", get(routes::models::show))
        .with_state(gateway.clone());
    server
        .routes(admin)
        .routes(models)
        .relay_route("/v1/chat/completions", post(routes::chat_completions::post).with_state(gateway.clone()))
        .relay_route("/v1/completions", post(routes::completions::post).with_state(gateway.clone()))
        .relay_route("/v1/embeddings", post(routes::embeddings::post).with_state(gateway.clone()))
        .relay_route("/v1/rerank", post(routes::rerank::post).with_state(gateway))
}

/// The relay alone, for measurements.
pub(crate) fn plain(
    server: Server,
    config: &GatewayConfig,
    upstreams: Upstreams,
    channels: Vec<(Arc<str>, Target)>,
) -> Server {
    let relay = PlainRelay::new(RelayOptions::from(config), upstreams, channels);
    let all = [
        ("/v1/chat/completions", Endpoint::ChatCompletions),
        ("/v1/completions", Endpoint::Completions),
        ("/v1/embeddings", Endpoint::Embeddings),
        ("/v1/rerank", Endpoint::Rerank),
    ];
    all.into_iter().fold(server, |server, (path, endpoint)| {
        let relay = relay.clone();
        server.relay_route(path, post(move |request| relay.clone().relay(endpoint, request)))
    })
}
