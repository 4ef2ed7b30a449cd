//! `GET /admin/audit`: who changed what.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State,
    http::{Uri, header},
    response::{IntoResponse as _, Response},
    routing::get,
};
use chrono::{DateTime, Utc};
use daemon_kit::problem::Problem;
use gateway_ledger::AuditFilter;
use serde_json::json;

use crate::{
    admin::{Params, limit, next_link, problem},
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
    let text = |name| params.get(name).map(str::to_owned);
    let moment =
        |name| params.read(name, "a moment such as 2026-11-23T04:00:00Z", |text| text.parse::<DateTime<Utc>>().ok());
    let filter = AuditFilter {
        from: moment("since")?,
        to: moment("until")?,
        actor: text("actor"),
        action: text("action"),
        subject: text("subject"),
    };
    let after: Option<i64> = params.read("cursor", "as in the Link header", |text| text.parse().ok())?;
    let page = gateway.ledger.audit_log(filter, after, limit(&params)?).await.map_err(problem)?;
    let mut response = Json(json!({"entries": page.entries})).into_response();
    if let Some(link) = page.next.and_then(|next| next_link(&uri, &next)) {
        response.headers_mut().insert(header::LINK, link);
    }
    Ok(response)
}
