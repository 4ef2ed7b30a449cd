//! Which page has which address.

use std::sync::Arc;

use axum::{
    Router,
    routing::{get, post},
};
use daemon_kit::config::ConsoleConfig;
use operator_console::{Console, Daemon, NavItem, Text};

use super::{
    authority::Operators, credentials, hosts, order, order_actions, orders, profile, profile_commit, profile_drift,
    profile_file, profiles, templates,
};
use crate::registry::Registry;

/// The first is where `/console` leads.
const NAV: &[NavItem] = &[
    NavItem { path: "/console/profiles", title: Text { en: "Profiles", zh: "档案" } },
    NavItem { path: "/console/orders", title: Text { en: "Orders", zh: "订单" } },
    NavItem { path: "/console/templates", title: Text { en: "Templates", zh: "模板" } },
    NavItem { path: "/console/hosts", title: Text { en: "Hosts", zh: "主机" } },
    NavItem { path: "/console/credentials", title: Text { en: "Tokens", zh: "令牌" } },
];

/// All pages, behind the console's door.
pub(crate) fn routes(registry: Arc<Registry>, config: &ConsoleConfig) -> Router {
    let authority = Arc::new(Operators(registry.clone()));
    let console = Console::new(Daemon::Registry, config, NAV, authority, registry.clock.clone());
    let pages = Router::new()
        .route("/console/profiles", get(profiles::page))
        .route("/console/profiles/{name}", get(profile::page))
        .route("/console/profiles/{name}/drift", get(profile_drift::page))
        .route("/console/profiles/{name}/files/{*path}", get(profile_file::page))
        .route("/console/profiles/{name}/commits/{commit}", get(profile_commit::page))
        .route("/console/profiles/{name}/restore", post(profile_commit::restore))
        .route("/console/orders", get(orders::page))
        .route("/console/orders-under-way", get(orders::live))
        .route("/console/orders/{number}", get(order::page))
        .route("/console/orders/{number}/retry", post(order_actions::retry))
        .route("/console/orders/{number}/paired", post(order_actions::paired))
        .route("/console/orders/{number}/refund", post(order_actions::refund))
        .route("/console/templates", get(templates::page))
        .route("/console/hosts", get(hosts::page))
        .route("/console/hosts/{name}", get(hosts::one))
        .route("/console/credentials", get(credentials::page))
        .route("/console/credentials/{id}/revoke", post(credentials::revoke))
        .with_state(registry);
    console.routes(pages)
}
