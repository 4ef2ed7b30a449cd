//! Which page is where.

use std::{sync::Arc, time::Duration};

use axum::{Router, routing::get};
use daemon_kit::{clock::Clock, config::ConsoleConfig};
use operator_console::{Console, Daemon, NavItem, Text};
use tokio_util::sync::CancellationToken;

use super::{days, findings, ingest, instruments, jobs, overview, pages::Pages, quarantine};
use crate::{app::App, auth::Tokens};

/// What the navigation leads to; `/console` leads to the first.
const NAV: &[NavItem] = &[
    NavItem { path: "/console/overview", title: Text { en: "Overview", zh: "总览" } },
    NavItem { path: "/console/findings", title: Text { en: "Findings", zh: "问题" } },
    NavItem { path: "/console/quarantine", title: Text { en: "Quarantine", zh: "隔离区" } },
    NavItem { path: "/console/instruments", title: Text { en: "Charts", zh: "行情图" } },
    NavItem { path: "/console/ingest", title: Text { en: "Ingest", zh: "采集" } },
    NavItem { path: "/console/jobs", title: Text { en: "Jobs", zh: "任务" } },
];

/// Who may look, and how often a new generation is looked for.
pub(crate) struct Mount<'a> {
    /// `[console]`
    pub(crate) config: &'a ConsoleConfig,
    pub(crate) tokens: &'a Tokens,
    pub(crate) clock: &'a Clock,
    pub(crate) poll: Duration,
    pub(crate) shutdown: &'a CancellationToken,
}

impl Mount<'_> {
    /// The pages behind their door; `None` where the configuration does not want them.
    pub(crate) fn pages(self, app: &Arc<App>) -> Option<Router> {
        let Self { config, tokens, clock, poll, shutdown } = self;
        if !config.enabled {
            return None;
        }
        let pages = Pages::new(app.clone());
        tokio::spawn(pages.clone().keep_warm(poll, shutdown.clone()));
        let console = Console::new(Daemon::Warehouse, config, NAV, Arc::new(tokens.clone()), clock.clone());
        Some(console.routes(routes(pages)))
    }
}

fn routes(pages: Pages) -> Router {
    Router::new()
        .route("/console/overview", get(overview::page))
        .route("/console/overview/now", get(overview::now))
        .route("/console/overview/sources", get(overview::sources))
        .route("/console/days/{date}", get(days::page))
        .route("/console/days/{date}/missing", get(days::missing::page))
        .merge(findings::routes())
        .merge(instruments::routes())
        .merge(quarantine::routes())
        .merge(ingest::routes())
        .merge(jobs::routes())
        .with_state(pages)
}
