//! Which route needs which scope, and which is hot.

use std::sync::Arc;

use axum::{
    Router,
    middleware::from_fn_with_state,
    routing::{MethodRouter, get, post},
};
use daemon_kit::{config::Scope, metrics::Metrics, server::Server};
use tower_http::compression::{
    CompressionLayer,
    predicate::{NotForContentType, Predicate, SizeAbove},
};

use crate::{
    app::App,
    auth::{Tokens, require_scope},
    docs,
    routes::{
        admin_ingest, admin_quality, admin_quarantine, daily, features, fundamentals, macro_series, quality_logs,
        quality_rules, quality_status, quarantine, search,
    },
};

/// Smaller answers are cheaper to send than to compress; a few months of one code stay below.
const COMPRESS_ABOVE_BYTES: u64 = 64 * 1024;

/// The server with all its routes.
pub(crate) fn server(app: Arc<App>, tokens: &Tokens, metrics: Metrics) -> Server {
    let scoped = |scope: Scope, route: MethodRouter<Arc<App>>| -> MethodRouter {
        route.route_layer(from_fn_with_state((tokens.clone(), scope), require_scope)).with_state(app.clone())
    };
    let compressed = CompressionLayer::new().gzip(true).compress_when(
        SizeAbove::new(COMPRESS_ABOVE_BYTES).and(NotForContentType::const_new("application/vnd.apache.parquet")),
    );
    let routes = Router::new()
        .route("/warehouse/features", scoped(Scope::Read, get(features::get)))
        .route("/quality/status", scoped(Scope::Read, get(quality_status::get)))
        .route("/quality/logs", scoped(Scope::Read, get(quality_logs::get)).layer(compressed.clone()))
        .route("/quality/rules", scoped(Scope::Read, get(quality_rules::get)))
        .route("/quality/quarantine", scoped(Scope::Read, get(quarantine::list::get)).layer(compressed.clone()))
        .route("/quality/quarantine/{id}", scoped(Scope::Read, get(quarantine::show::get)))
        .route("/warehouse/fundamentals", scoped(Scope::Read, get(fundamentals::get)))
        .route("/warehouse/macro", scoped(Scope::Read, get(macro_series::get)))
        .route("/search", scoped(Scope::Search, get(search::get).post(search::post)))
        .route("/admin/ingest/run", scoped(Scope::Admin, post(admin_ingest::run::run)))
        .route("/admin/ingest/backfill", scoped(Scope::Admin, post(admin_ingest::backfill::backfill)))
        .route("/admin/quality/check", scoped(Scope::Admin, post(admin_quality::check)))
        .route("/admin/quarantine/release", scoped(Scope::Admin, post(admin_quarantine::release)))
        .route("/admin/quarantine/discard", scoped(Scope::Admin, post(admin_quarantine::discard)))
        .merge(docs::routes());
    Server::new("warehouse-api", metrics)
        .routes(routes)
        .hot_route("/warehouse/daily", scoped(Scope::Read, get(daily::get)).layer(compressed))
}
