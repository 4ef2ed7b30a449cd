use std::sync::Arc;

use axum::{
    Router,
    middleware::{from_fn, from_fn_with_state},
    response::{IntoResponse as _, Redirect, Response},
    routing::{any, get, post},
};
use daemon_kit::{clock::Clock, config::ConsoleConfig, limiter::Limiter, problem::Problem};

use crate::{Authority, Daemon, NavItem, assets, guard, headers, login, preferences, problem_page, sessions::Sessions};

/// The pages of one daemon, and the door before them. Clones are the same console.
#[derive(Clone)]
pub struct Console(pub(crate) Arc<Parts>);

pub(crate) struct Parts {
    pub(crate) daemon: Daemon,
    pub(crate) config: ConsoleConfig,
    pub(crate) nav: &'static [NavItem],
    pub(crate) authority: Arc<dyn Authority>,
    pub(crate) clock: Clock,
    pub(crate) sessions: Sessions,
    pub(crate) failed_logins: Limiter,
}

impl Console {
    /// The console of `daemon`. `/console` leads to the first of `nav`.
    pub fn new(
        daemon: Daemon,
        config: &ConsoleConfig,
        nav: &'static [NavItem],
        authority: Arc<dyn Authority>,
        clock: Clock,
    ) -> Self {
        Self(Arc::new(Parts {
            daemon,
            nav,
            authority,
            clock,
            sessions: Sessions::new(config.session),
            failed_logins: Limiter::new(config.failed_logins_per_minute),
            config: config.clone(),
        }))
    }

    /// `pages` (their paths begin with `/console/`) behind the door, and what every console has: login and logout, the
    /// choice of language and colours, style and script, a page for what there is not.
    pub fn routes(&self, pages: Router) -> Router {
        let first = self.0.nav.first().map_or("/console/login", |item| item.path);
        let home = move || async move { Redirect::to(first) };
        let inside = pages
            .route("/console", get(home))
            .route("/console/logout", post(login::logout))
            .route("/console/{*path}", any(no_such_page))
            .route_layer(from_fn_with_state(self.clone(), guard::pass));
        let outside = Router::new()
            .route("/console/login", get(login::page).post(login::post))
            .route("/console/preferences", post(preferences::post))
            .route("/console/assets/{name}", get(assets::get))
            .route_layer(from_fn_with_state(self.clone(), problem_page::outside))
            .with_state(self.clone());
        inside.merge(outside).layer(from_fn(headers::add))
    }
}

async fn no_such_page() -> Response {
    let status = axum::http::StatusCode::NOT_FOUND;
    Problem::new(status, "no-such-page", "There is no such page", "no page has this address").into_response()
}
