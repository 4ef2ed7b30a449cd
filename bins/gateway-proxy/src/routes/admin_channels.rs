//! `/admin/channels`: how they are, and what operators change about them.
//!
//! | request | does |
//! |---|---|
//! | `GET /admin/channels` | all of them, and how many requests wait |
//! | `GET /admin/channels/{name}` | one |
//! | `PATCH /admin/channels/{name}` | `enabled`, `budget_cny_per_day`, `priority`, `weight`; `null` is the definition's again |
//! | `POST /admin/channels` | stores a new one, its key sealed |
//! | `PUT /admin/channels/{name}` | stores it, in place of a stored one where there is one |
//! | `DELETE /admin/channels/{name}` | removes a stored one |
//! | `POST /admin/channels/{name}/probe` | asks it for a sign of life |

mod change;
mod list;
mod probe;
mod remove;
mod show;
mod store;
mod told;

use std::sync::Arc;

use axum::{
    Router,
    routing::{get, post},
};
use daemon_kit::problem::Problem;

use crate::{
    admin::{refused, unknown_channel},
    channels::{ChangeError, Channels},
    gateway::Gateway,
};

/// The routes.
pub(crate) fn router(gateway: Arc<Gateway>, channels: Arc<Channels>) -> Router {
    Router::new()
        .route("/admin/channels", get(list::get).post(store::post))
        .route("/admin/channels/{name}", get(show::get).patch(change::patch).put(store::put).delete(remove::delete))
        .route("/admin/channels/{name}/probe", post(probe::post))
        .with_state(Shared { gateway, channels })
}

/// What the handlers use.
#[derive(Clone)]
struct Shared {
    gateway: Arc<Gateway>,
    channels: Arc<Channels>,
}

impl Shared {
    /// 404 that names the channels there are.
    fn unknown(&self, name: &str) -> Problem {
        unknown_channel(&self.channels, name)
    }

    /// What a change that was not made means for who wanted it.
    fn refused(&self, name: &str, error: ChangeError) -> Problem {
        refused(&self.channels, name, error)
    }
}
