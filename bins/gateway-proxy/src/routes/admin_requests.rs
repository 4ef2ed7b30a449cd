//! `/admin/requests`: what became of requests, and why they went where they went.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{Path, State},
    http::{StatusCode, Uri, header},
    response::{IntoResponse as _, Response},
    routing::get,
};
use daemon_kit::problem::Problem;
use gateway_ledger::{RequestCursor, RequestRow};
use serde_json::{Value, json};

use crate::{
    admin::{Params, limit, next_link, problem, request_filter, shown},
    gateway::Gateway,
};

const KNOWN: [&str; 8] = ["profile", "channel", "model", "outcome", "since", "until", "cursor", "limit"];

/// The routes.
pub(crate) fn router(gateway: Arc<Gateway>) -> Router {
    Router::new().route("/admin/requests", get(list)).route("/admin/requests/{id}", get(show)).with_state(gateway)
}

/// `{"requests": [{…}]}`, newest first; the next page is in the `Link` header.
async fn list(State(gateway): State<Arc<Gateway>>, uri: Uri) -> Result<Response, Problem> {
    let params = Params::parse(&uri, &KNOWN)?;
    let filter = request_filter(&params)?;
    let after: Option<RequestCursor> = params.read("cursor", "as in the Link header", |text| text.parse().ok())?;
    gateway.ledger.flush().await.map_err(problem)?;
    let page = gateway.ledger.requests(filter, after, limit(&params)?).await.map_err(problem)?;
    let rows: Vec<Value> = page.rows.iter().map(told).collect();
    let mut response = Json(json!({"requests": rows})).into_response();
    if let Some(link) = page.next.and_then(|next| next_link(&uri, &next)) {
        response.headers_mut().insert(header::LINK, link);
    }
    Ok(response)
}

/// One request with every channel that was considered for it.
async fn show(State(gateway): State<Arc<Gateway>>, Path(id): Path<String>) -> Result<Json<Value>, Problem> {
    gateway.ledger.flush().await.map_err(problem)?;
    find(&gateway, &id).await.map(|row| Json(told(&row)))
}

/// The request of an id.
///
/// # Errors
/// 404 where there is none; when the books cannot be read.
pub(crate) async fn find(gateway: &Gateway, id: &str) -> Result<RequestRow, Problem> {
    gateway.ledger.request(id).await.map_err(problem)?.ok_or_else(|| {
        let detail = format!("there is no request `{}` in the books", shown(id));
        Problem::new(StatusCode::NOT_FOUND, "not-found", "There is no such request", detail)
    })
}

fn told(row: &RequestRow) -> Value {
    let attempts = row.decision.iter().map(|attempt| {
        let considered = attempt.considered.iter().map(|other| json!({"channel": other.channel, "lost": other.lost}));
        json!({
            "channel": attempt.channel,
            "outcome": attempt.outcome,
            "ms": attempt.ms,
            "considered": considered.collect::<Vec<_>>(),
        })
    });
    let charges = row.charges.iter().map(|charge| {
        json!({
            "attempt": charge.attempt,
            "channel": charge.channel,
            "account": charge.account,
            "model": charge.upstream_model,
            "day": charge.day,
            "input_tokens": charge.usage.input,
            "cached_input_tokens": charge.usage.cached_input,
            "output_tokens": charge.usage.output,
            "thinking_tokens": charge.usage.thinking,
            "cny": charge.cny,
            "reserved": charge.reserved,
            "estimated": charge.estimated,
            "breach": charge.breach,
            "price_known": charge.price_known,
        })
    });
    json!({
        "id": row.id,
        "at": row.at,
        "profile": row.profile,
        "token_id": row.token_id,
        "endpoint": row.endpoint,
        "model": row.model,
        "stream": row.stream,
        "outcome": row.outcome,
        "failed": row.failed,
        "status": row.status,
        "latency_ms": row.latency_ms,
        "first_byte_ms": row.first_byte_ms,
        "waited_ms": row.waited_ms,
        "cny": row.cny(),
        "decision": attempts.collect::<Vec<_>>(),
        "charges": charges.collect::<Vec<_>>(),
    })
}
