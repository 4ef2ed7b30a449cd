//! `GET /admin/audit`: who changed what.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State,
    http::{Uri, header},
    response::{IntoResponse as _, Response},
    routing::get,
};
use daemon_kit::problem::Problem;
use serde_json::json;

use crate::{
    admin::{Params, audit_filter, limit, next_link, problem},
    gateway::Gateway,
};

const KNOWN: [&str; 7] = ["actor", "action", "subject", "since", "until", "cursor", "limit"];

/// The route.
pub(crate) fn router(gateway: Arc<Gateway>) -> Router {
    Router::new().route("/admin/audit", get(list)).with_state(gateway)
}

/// `{"entries": [{…}]}`, newest first; the next page is in the `Link` header.
async fn list(State(gateway): State<Arc<Gateway>>, uri: Uri) -> Result<Response, Problem> {
    let params = Params::parse(&uri, &KNOWN)?;
    let filter = audit_filter(&params)?;
    let after: Option<i64> = params.read("cursor", "as in the Link header", |text| text.parse().ok())?;
    let page = gateway.ledger.audit_log(filter, after, limit(&params)?).await.map_err(problem)?;
    let mut response = Json(json!({"entries": page.entries})).into_response();
    if let Some(link) = page.next.and_then(|next| next_link(&uri, &next)) {
        response.headers_mut().insert(header::LINK, link);
    }
    Ok(response)
}
