//! `GET /admin/search`: how the search's engines and its cache fare.

use std::sync::Arc;

use axum::{Json, Router, extract::State, routing::get};
use serde_json::{Value, json};
use web_search::{EngineState, EngineStatus};

use crate::search::SearchFront;

/// The route.
pub(crate) fn router(front: Option<Arc<SearchFront>>) -> Router {
    Router::new().route("/admin/search", get(show)).with_state(front)
}

/// `{"configured": bool, "per_minute", "callers", "cache": "up" | "away" | "none", "engines": [{…}]}`.
async fn show(State(front): State<Option<Arc<SearchFront>>>) -> Json<Value> {
    let Some(front) = front else { return Json(json!({"configured": false})) };
    let cache = match front.cache_is_up() {
        Some(true) => "up",
        Some(false) => "away",
        None => "none",
    };
    Json(json!({
        "configured": true,
        "per_minute": front.per_minute(),
        "callers": front.callers(),
        "cache": cache,
        "engines": front.engines().iter().map(told).collect::<Vec<_>>(),
    }))
}

fn told(engine: &EngineStatus) -> Value {
    let (state, until) = match engine.state {
        EngineState::Works => ("works", None),
        EngineState::Rests { until } => ("rests", Some(until)),
        EngineState::OnTrial => ("on_trial", None),
    };
    let failure = engine.last_failure.as_ref().map(|(at, reason)| json!({"at": at, "reason": reason}));
    json!({
        "name": engine.name,
        "state": state,
        "until": until,
        "last_answer": engine.last_answer,
        "last_failure": failure,
    })
}
