//! `/admin/prices`: the table in use, and reading its file again.

use std::{collections::BTreeSet, sync::Arc};

use axum::{
    Extension, Json, Router,
    extract::State,
    http::{StatusCode, Uri},
    routing::{get, post},
};
use daemon_kit::problem::Problem;
use serde_json::{Value, json};

use crate::{
    admin::{Caller, Params},
    channels::Channels,
    gateway::Gateway,
    prices::{Look, PriceBook, PriceState, Reloaded, unpriced},
};

#[derive(Clone)]
struct Shared {
    gateway: Arc<Gateway>,
    channels: Arc<Channels>,
    prices: Arc<PriceBook>,
}

/// The routes.
pub(crate) fn router(gateway: Arc<Gateway>, channels: Arc<Channels>, prices: Arc<PriceBook>) -> Router {
    Router::new().route("/admin/prices", get(show)).route("/admin/prices/reload", post(reload)).with_state(Shared {
        gateway,
        channels,
        prices,
    })
}

async fn show(State(shared): State<Shared>, uri: Uri) -> Result<Json<Value>, Problem> {
    Params::parse(&uri, &[])?;
    Ok(Json(shared.told()))
}

/// Reads the file again: 409 with what is wrong in which line where it cannot be used; the prices in use stay then.
async fn reload(State(shared): State<Shared>, Extension(caller): Extension<Caller>) -> Result<Json<Value>, Problem> {
    let reloaded = shared.prices.renew(&shared.gateway, Look::Anyway, caller.name()).await;
    if let Reloaded::Kept { problem } = &reloaded {
        let detail = format!("the prices in use stay: {problem}");
        return Err(Problem::new(StatusCode::CONFLICT, "bad-prices", "The file of prices cannot be used", detail));
    }
    Ok(Json(shared.told()))
}

impl Shared {
    fn told(&self) -> Value {
        let now = self.gateway.time.clock().now();
        told(&self.prices.shown(), &unpriced(&self.prices, &self.channels, now))
    }
}

/// The table in use, since when, from where; what is wrong with the file; offered models without a price.
fn told(state: &PriceState, unpriced: &BTreeSet<Arc<str>>) -> Value {
    json!({
        "file": state.path,
        "origin": state.origin.name(),
        "loaded_at": state.loaded_at,
        "trouble": state.trouble.as_ref().map(|(since, problem)| json!({"since": since, "problem": problem})),
        "default": {"input": state.default.input, "output": state.default.output},
        "unpriced": unpriced,
        "prices": &*state.rows,
    })
}
