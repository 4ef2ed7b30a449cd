//! `GET /admin/channels`.

use axum::{Json, extract::State, http::Uri};
use daemon_kit::problem::Problem;
use route_policy::{ChannelStatus, Router};
use serde_json::{Value, json};

use super::Shared;
use crate::admin::Params;

/// `{"channels": [{…}], "waiting": n}`, by name; how many requests wait for a channel with room.
pub(super) async fn get(State(shared): State<Shared>, uri: Uri) -> Result<Json<Value>, Problem> {
    Params::parse(&uri, &[])?;
    let (status, waiting) = shared.gateway.desk.read(|router, at| (router.status(at), router.waiting()));
    let all = shared.channels.all();
    let find = |name: &str| -> Option<&ChannelStatus> { status.iter().find(|status| &*status.name == name) };
    let channels: Vec<Value> = all.iter().map(|known| shared.told(known, find(&known.name))).collect();
    Ok(Json(json!({"channels": channels, "waiting": waiting})))
}

impl Shared {
    /// One channel for people.
    pub(super) fn find(&self, name: &str) -> Option<Value> {
        let known = self.channels.known(name)?;
        let status = self.gateway.desk.read(Router::status);
        Some(self.told(&known, status.iter().find(|status| *status.name == *name)))
    }
}
