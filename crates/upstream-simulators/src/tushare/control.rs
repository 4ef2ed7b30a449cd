//! `/_sim/*`: the faults and the log for tests in other processes, and for people with curl.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    routing::{get, post},
};
use chrono::NaiveDate;
use market_model::DailyBar;
use serde::{Deserialize, Serialize};

use super::{calls::Call, faults::FaultRule, respond::Vendor};

pub(crate) fn router(vendor: Arc<Vendor>) -> Router {
    Router::new()
        .route("/_sim/faults", post(add_faults).get(faults).delete(clear))
        .route("/_sim/revisions", post(revise))
        .route("/_sim/calls", get(calls).delete(forget_calls))
        .route("/_sim/market", get(market))
        .with_state(vendor)
}

/// One rule or several.
#[derive(Deserialize)]
#[serde(untagged)]
enum Rules {
    Several(Vec<FaultRule>),
    One(FaultRule),
}

async fn add_faults(State(vendor): State<Arc<Vendor>>, Json(rules): Json<Rules>) -> StatusCode {
    let rules = match rules {
        Rules::Several(rules) => rules,
        Rules::One(rule) => vec![rule],
    };
    rules.into_iter().for_each(|rule| vendor.faults.add(rule));
    StatusCode::NO_CONTENT
}

async fn faults(State(vendor): State<Arc<Vendor>>) -> Json<Vec<FaultRule>> {
    Json(vendor.faults.rules())
}

async fn clear(State(vendor): State<Arc<Vendor>>) -> StatusCode {
    vendor.faults.clear();
    StatusCode::NO_CONTENT
}

async fn revise(State(vendor): State<Arc<Vendor>>, Json(bar): Json<DailyBar>) -> StatusCode {
    vendor.faults.revise(bar);
    StatusCode::NO_CONTENT
}

#[derive(Serialize)]
struct CallsReport {
    total: usize,
    by_api: BTreeMap<String, usize>,
    log: Vec<Call>,
}

async fn calls(State(vendor): State<Arc<Vendor>>) -> Json<CallsReport> {
    let calls = &vendor.calls;
    Json(CallsReport { total: calls.total(), by_api: calls.by_api(), log: calls.log() })
}

async fn forget_calls(State(vendor): State<Arc<Vendor>>) -> StatusCode {
    vendor.calls.clear();
    StatusCode::NO_CONTENT
}

#[derive(Serialize)]
struct MarketReport {
    codes: usize,
    bars: usize,
    first_day: NaiveDate,
    last_day: NaiveDate,
}

async fn market(State(vendor): State<Arc<Vendor>>) -> Json<MarketReport> {
    let (first_day, last_day) = vendor.market.range();
    Json(MarketReport { codes: vendor.market.codes().len(), bars: vendor.market.bar_count(), first_day, last_day })
}
