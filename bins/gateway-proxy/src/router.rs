//! Which address is answered by what.

use std::sync::Arc;

use axum::{
    Router, middleware,
    routing::{MethodRouter, any, get, post},
};
use daemon_kit::{
    clock::Clock,
    config::{ConsoleConfig, GatewayConfig, Secret},
    server::Server,
};
use llm_upstream::{Endpoint, Target, Upstreams};

use crate::{
    admin::{AdminAuth, require_admin},
    channels::Channels,
    console::{self, Pages},
    gateway::Gateway,
    prices::PriceBook,
    reconcile::Reconciler,
    relay::{PlainRelay, RelayOptions},
    routes,
    search::SearchFront,
    tokens::Tokens,
};

/// What the routes share.
pub(crate) struct Shared {
    pub(crate) gateway: Arc<Gateway>,
    pub(crate) channels: Arc<Channels>,
    pub(crate) prices: Arc<PriceBook>,
    pub(crate) tokens: Arc<Tokens>,
    pub(crate) reconciler: Arc<Reconciler>,
    /// None where no SearXNG is configured.
    pub(crate) search: Option<Arc<SearchFront>>,
    pub(crate) admin_token: Option<Secret>,
    pub(crate) clock: Clock,
    /// `[console]`; its pages may be switched off.
    pub(crate) console: ConsoleConfig,
}

/// Everything: the relay, the models, the operators' routes and their pages.
pub(crate) fn governed(server: Server, shared: Shared) -> Server {
    let Shared { gateway, channels, prices, tokens, reconciler, search, admin_token, clock, console } = shared;
    let auth = AdminAuth::new(admin_token.as_ref(), gateway.directory.clone(), clock.clone());
    let server = if console.enabled {
        let pages = Pages::new(gateway.clone(), channels.clone(), prices.clone(), tokens.clone(), search.clone());
        server.quiet_routes(console::mount(&console, auth.clone(), clock.clone(), pages))
    } else {
        server
    };
    let admin = Router::new()
        .merge(routes::admin_channels::router(gateway.clone(), channels.clone()))
        .merge(routes::admin_requests::router(gateway.clone()))
        .merge(routes::admin_usage::router(gateway.clone()))
        .merge(routes::admin_audit::router(gateway.clone()))
        .merge(routes::admin_prices::router(gateway.clone(), channels, prices))
        .merge(routes::admin_reconcile::router(reconciler))
        .merge(routes::admin_search::router(search.clone()))
        .merge(routes::admin_tokens::router(tokens, clock))
        .route_layer(middleware::from_fn_with_state(auth, require_admin));
    let models = Router::new()
        .route("/v1/models", get(routes::models::list))
        .route("/v1/models/{*model}", get(routes::models::show))
        .with_state(gateway.clone());
    let unknown = Router::new().route("/v1/{*path}", any(routes::unknown::path));
    let relayed =
        |route: MethodRouter<Arc<Gateway>>| route.fallback(routes::unknown::method).with_state(gateway.clone());
    server
        .routes(admin)
        .routes(models)
        .hot_route("/search", routes::search::route(search))
        .routes(unknown)
        .relay_route("/v1/chat/completions", relayed(post(routes::chat_completions::post)))
        .relay_route("/v1/completions", relayed(post(routes::completions::post)))
        .relay_route("/v1/embeddings", relayed(post(routes::embeddings::post)))
        .relay_route("/v1/rerank", relayed(post(routes::rerank::post)))
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
