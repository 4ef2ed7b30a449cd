//! `GET /admin/usage`: who spent what.

use std::sync::Arc;

use axum::{Json, Router, extract::State, http::Uri, routing::get};
use daemon_kit::problem::Problem;
use gateway_ledger::{Spending, SpendingBy};
use route_policy::Day;
use serde_json::{Value, json};

use crate::{
    admin::{Params, problem, spending_query},
    gateway::Gateway,
};

const KNOWN: [&str; 6] = ["by", "from", "to", "profile", "channel", "model"];
const BY: [(&str, SpendingBy); 5] = [
    ("profile", SpendingBy::Profile),
    ("channel", SpendingBy::Channel),
    ("model", SpendingBy::Model),
    ("day", SpendingBy::Day),
    ("hour", SpendingBy::Hour),
];

/// The route.
pub(crate) fn router(gateway: Arc<Gateway>) -> Router {
    Router::new().route("/admin/usage", get(show)).with_state(gateway)
}

/// Days `from` to `to`, both included, Asia/Shanghai; today where they are left out.
async fn show(State(gateway): State<Arc<Gateway>>, uri: Uri) -> Result<Json<Value>, Problem> {
    let params = Params::parse(&uri, &KNOWN)?;
    let by = params.choice("by", &BY)?;
    let today = Day::of(gateway.time.clock().now());
    let (query, (from, to)) = spending_query(&params, by, (today, today))?;
    gateway.ledger.flush().await.map_err(problem)?;
    let lines = gateway.ledger.spending(query).await.map_err(problem)?;
    Ok(Json(json!({"from": from, "to": to, "usage": lines.iter().map(told).collect::<Vec<_>>()})))
}

fn told(line: &Spending) -> Value {
    json!({
        "key": line.key,
        "requests": line.requests,
        "failures": line.failures,
        "input_tokens": line.usage.input,
        "cached_input_tokens": line.usage.cached_input,
        "output_tokens": line.usage.output,
        "thinking_tokens": line.usage.thinking,
        "cny": line.cny,
        "estimated_cny": line.estimated_cny,
        "breach_cny": line.breach_cny,
    })
}
