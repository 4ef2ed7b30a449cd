//! Which address is which page.

use std::{ops::Deref, sync::Arc};

use axum::{
    Router,
    routing::{get, post},
};
use daemon_kit::{clock::Clock, config::ConsoleConfig};
use operator_console::{Console, Daemon, NavItem, Text};

use super::{
    audit, authority::Operators, channel, channel_changes, channels, prices, rates::RateBook, request, requests,
    search, spend, tokens,
};
use crate::{
    admin::AdminAuth, channels::Channels, gateway::Gateway, prices::PriceBook, search::SearchFront, tokens::Tokens,
};

/// What the pages show. A cheap clone.
#[derive(Clone)]
pub(crate) struct Pages(Arc<Shown>);

/// The parts of a [`Pages`].
pub(crate) struct Shown {
    pub(super) gateway: Arc<Gateway>,
    pub(super) channels: Arc<Channels>,
    pub(super) prices: Arc<PriceBook>,
    pub(super) tokens: Arc<Tokens>,
    pub(super) search: Option<Arc<SearchFront>>,
    pub(super) rates: RateBook,
}

impl Pages {
    pub(crate) fn new(
        gateway: Arc<Gateway>,
        channels: Arc<Channels>,
        prices: Arc<PriceBook>,
        tokens: Arc<Tokens>,
        search: Option<Arc<SearchFront>>,
    ) -> Self {
        Self(Arc::new(Shown { gateway, channels, prices, tokens, search, rates: RateBook::default() }))
    }
}

impl Deref for Pages {
    type Target = Shown;
    fn deref(&self) -> &Shown {
        &self.0
    }
}

const NAV: &[NavItem] = &[
    NavItem { path: "/console/channels", title: Text { en: "Channels", zh: "渠道" } },
    NavItem { path: "/console/requests", title: Text { en: "Requests", zh: "请求" } },
    NavItem { path: "/console/spend", title: Text { en: "Spend", zh: "费用" } },
    NavItem { path: "/console/audit", title: Text { en: "Audit", zh: "审计" } },
    NavItem { path: "/console/tokens", title: Text { en: "Tokens", zh: "令牌" } },
    NavItem { path: "/console/prices", title: Text { en: "Prices", zh: "价格" } },
    NavItem { path: "/console/search", title: Text { en: "Search", zh: "搜索" } },
];

/// The pages behind their door, which lets in whom `auth` does.
pub(crate) fn mount(config: &ConsoleConfig, auth: AdminAuth, clock: Clock, pages: Pages) -> Router {
    let console = Console::new(Daemon::Gateway, config, NAV, Arc::new(Operators(auth)), clock);
    // Parts that renew themselves stand beside the pages: a channel may have any name.
    let routes = Router::new()
        .route("/console/channels", get(channels::page))
        .route("/console/live/channels", get(channels::live))
        .route("/console/channels/{name}", get(channel::page))
        .route("/console/live/channels/{name}", get(channel::live))
        .route("/console/channels/{name}/enable", post(channel_changes::enable))
        .route("/console/channels/{name}/disable", post(channel_changes::disable))
        .route("/console/channels/{name}/budget", post(channel_changes::budget))
        .route("/console/channels/{name}/order", post(channel_changes::order))
        .route("/console/channels/{name}/reset", post(channel_changes::reset))
        .route("/console/channels/{name}/probe", post(channel_changes::probe))
        .route("/console/requests", get(requests::page))
        .route("/console/live/requests", get(requests::live))
        .route("/console/requests/{id}", get(request::page))
        .route("/console/spend", get(spend::page))
        .route("/console/audit", get(audit::page))
        .route("/console/tokens", get(tokens::page))
        .route("/console/tokens/revoke", post(tokens::revoke))
        .route("/console/prices", get(prices::page))
        .route("/console/search", get(search::page))
        .with_state(pages);
    console.routes(routes)
}
