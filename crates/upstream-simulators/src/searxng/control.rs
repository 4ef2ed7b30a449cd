//! `/_sim/*`: the faults and the log for tests in other processes, and for people with curl.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    routing::{get, post},
};
use serde::{Deserialize, Serialize};

use super::{calls::SearxngCall, fault::SearxngFaultRule, respond::Vendor};

pub(super) fn router(vendor: Arc<Vendor>) -> Router {
    Router::new()
        .route("/_sim/faults", post(add_faults).get(faults).delete(clear))
        .route("/_sim/calls", get(calls).delete(forget_calls))
        .with_state(vendor)
}

/// One rule or several.
#[derive(Deserialize)]
#[serde(untagged)]
enum Rules {
    Several(Vec<SearxngFaultRule>),
    One(SearxngFaultRule),
}

async fn add_faults(State(vendor): State<Arc<Vendor>>, Json(rules): Json<Rules>) -> StatusCode {
    let rules = match rules {
        Rules::Several(rules) => rules,
        Rules::One(rule) => vec![rule],
    };
    rules.into_iter().for_each(|rule| vendor.faults.add(rule));
    StatusCode::NO_CONTENT
}

async fn faults(State(vendor): State<Arc<Vendor>>) -> Json<Vec<SearxngFaultRule>> {
    Json(vendor.faults.rules())
}

async fn clear(State(vendor): State<Arc<Vendor>>) -> StatusCode {
    vendor.faults.clear();
    StatusCode::NO_CONTENT
}

#[derive(Serialize)]
struct CallsReport {
    total: u64,
    most_at_once: usize,
    log: Vec<SearxngCall>,
}

async fn calls(State(vendor): State<Arc<Vendor>>) -> Json<CallsReport> {
    let calls = &vendor.calls;
    Json(CallsReport { total: calls.total(), most_at_once: calls.most_at_once(), log: calls.log() })
}

async fn forget_calls(State(vendor): State<Arc<Vendor>>) -> StatusCode {
    vendor.calls.clear();
    StatusCode::NO_CONTENT
}
