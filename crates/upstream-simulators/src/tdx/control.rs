//! `/_sim/*` on a port of its own: the faults and the log for tests in other processes, and for people with curl.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    routing::{get, post},
};
use market_model::{CorporateAction, DailyBar};
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

use super::{
    calls::{TdxCall, TdxCalls},
    faults::{TdxFaultRule, TdxFaults},
    server::Switch,
    vendor::Vendor,
};

#[derive(Clone)]
struct Control {
    faults: TdxFaults,
    calls: TdxCalls,
    switch: Arc<dyn Fn() -> Option<Switch> + Send + Sync>,
}

/// Answers until the task is ended.
pub(super) async fn serve(
    listener: TcpListener,
    vendor: Arc<Vendor>,
    switch: impl Fn() -> Option<Switch> + Send + Sync + 'static,
) {
    let control = Control { faults: vendor.faults.clone(), calls: vendor.calls.clone(), switch: Arc::new(switch) };
    let router = Router::new()
        .route("/_sim/faults", post(add_faults).get(faults).delete(clear))
        .route("/_sim/revisions", post(revise))
        .route("/_sim/actions", post(revise_action))
        .route("/_sim/calls", get(calls).delete(forget_calls))
        .route("/_sim/down", post(go_down))
        .route("/_sim/up", post(come_back))
        .with_state(control);
    if let Err(error) = axum::serve(listener, router).await {
        tracing::warn!(%error, "the control port of a simulated tdx server ended");
    }
}

/// One rule or several.
#[derive(Deserialize)]
#[serde(untagged)]
enum Rules {
    Several(Vec<TdxFaultRule>),
    One(TdxFaultRule),
}

async fn add_faults(State(control): State<Control>, Json(rules): Json<Rules>) -> StatusCode {
    let rules = match rules {
        Rules::Several(rules) => rules,
        Rules::One(rule) => vec![rule],
    };
    rules.into_iter().for_each(|rule| control.faults.add(rule));
    StatusCode::NO_CONTENT
}

async fn faults(State(control): State<Control>) -> Json<Vec<TdxFaultRule>> {
    Json(control.faults.rules())
}

async fn clear(State(control): State<Control>) -> StatusCode {
    control.faults.clear();
    StatusCode::NO_CONTENT
}

async fn revise(State(control): State<Control>, Json(bar): Json<DailyBar>) -> StatusCode {
    control.faults.revise(bar);
    StatusCode::NO_CONTENT
}

async fn revise_action(State(control): State<Control>, Json(action): Json<CorporateAction>) -> StatusCode {
    control.faults.revise_action(action);
    StatusCode::NO_CONTENT
}

#[derive(Serialize)]
struct CallsReport {
    total: usize,
    by_method: BTreeMap<&'static str, usize>,
    connections: usize,
    most_connections: usize,
    most_per_second: usize,
    log: Vec<TdxCall>,
}

async fn calls(State(control): State<Control>) -> Json<CallsReport> {
    let calls = &control.calls;
    Json(CallsReport {
        total: calls.total(),
        by_method: calls.by_method(),
        connections: calls.connections(),
        most_connections: calls.most_connections(),
        most_per_second: calls.most_per_second(),
        log: calls.log(),
    })
}

async fn forget_calls(State(control): State<Control>) -> StatusCode {
    control.calls.clear();
    StatusCode::NO_CONTENT
}

async fn go_down(State(control): State<Control>) -> StatusCode {
    match (control.switch)() {
        Some(switch) => switch.go_down().await,
        None => return StatusCode::GONE,
    }
    StatusCode::NO_CONTENT
}

async fn come_back(State(control): State<Control>) -> StatusCode {
    let Some(switch) = (control.switch)() else { return StatusCode::GONE };
    match switch.come_back().await {
        Ok(()) => StatusCode::NO_CONTENT,
        Err(_) => StatusCode::CONFLICT,
    }
}
