//! `GET /admin/channels`.

use axum::{Json, extract::State, http::Uri};
use daemon_kit::problem::Problem;
use serde_json::{Value, json};

use super::{Shared, told::told};
use crate::admin::Params;

/// `{"channels": [{…}], "waiting": n}`, by name; how many requests wait for a channel with room.
pub(super) async fn get(State(shared): State<Shared>, uri: Uri) -> Result<Json<Value>, Problem> {
    Params::parse(&uri, &[])?;
    let (channels, waiting) = shared.channels.look(&shared.gateway);
    Ok(Json(json!({"channels": channels.iter().map(told).collect::<Vec<_>>(), "waiting": waiting})))
}

impl Shared {
    /// One channel for people.
    pub(super) fn find(&self, name: &str) -> Option<Value> {
        self.channels.look_at(&self.gateway, name).as_ref().map(told)
    }
}
