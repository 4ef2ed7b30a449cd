//! `/_sim/*`: the faults and the log for tests in other processes, and for people with curl.

use std::collections::BTreeMap;

use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    routing::{get, post},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{
    calls::{SymbolCall, SymbolCalls},
    faults::{SymbolFaultRule, SymbolFaults},
};

struct Handles<F> {
    faults: SymbolFaults<F>,
    calls: SymbolCalls,
}

impl<F> Clone for Handles<F> {
    fn clone(&self) -> Self {
        Self { faults: self.faults.clone(), calls: self.calls.clone() }
    }
}

/// `POST`, `GET` and `DELETE /_sim/faults`, `GET` and `DELETE /_sim/calls`.
pub(crate) fn router<F>(faults: SymbolFaults<F>, calls: SymbolCalls) -> Router
where
    F: Clone + Serialize + DeserializeOwned + Send + Sync + 'static,
{
    Router::new()
        .route("/_sim/faults", post(add_faults::<F>).get(list_faults::<F>).delete(clear_faults::<F>))
        .route("/_sim/calls", get(list_calls::<F>).delete(forget_calls::<F>))
        .with_state(Handles { faults, calls })
}

/// One rule or several.
#[derive(Deserialize)]
#[serde(untagged)]
enum Rules<F> {
    Several(Vec<SymbolFaultRule<F>>),
    One(SymbolFaultRule<F>),
}

async fn add_faults<F: Clone>(State(handles): State<Handles<F>>, Json(rules): Json<Rules<F>>) -> StatusCode {
    let rules = match rules {
        Rules::Several(rules) => rules,
        Rules::One(rule) => vec![rule],
    };
    rules.into_iter().for_each(|rule| handles.faults.add(rule));
    StatusCode::NO_CONTENT
}

async fn list_faults<F: Clone>(State(handles): State<Handles<F>>) -> Json<Vec<SymbolFaultRule<F>>> {
    Json(handles.faults.rules())
}

async fn clear_faults<F: Clone>(State(handles): State<Handles<F>>) -> StatusCode {
    handles.faults.clear();
    StatusCode::NO_CONTENT
}

#[derive(Serialize)]
struct CallsReport {
    total: usize,
    by_symbol: BTreeMap<String, usize>,
    log: Vec<SymbolCall>,
}

async fn list_calls<F>(State(handles): State<Handles<F>>) -> Json<CallsReport> {
    let calls = &handles.calls;
    Json(CallsReport { total: calls.total(), by_symbol: calls.by_symbol(), log: calls.log() })
}

async fn forget_calls<F>(State(handles): State<Handles<F>>) -> StatusCode {
    handles.calls.clear();
    StatusCode::NO_CONTENT
}
