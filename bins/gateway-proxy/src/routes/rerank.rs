//! `POST /v1/rerank`: documents in the order of their relevance.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    response::Response,
};
use llm_upstream::Endpoint;

use crate::{gateway::Gateway, relay::relay};

/// Relays it.
pub(crate) async fn post(State(gateway): State<Arc<Gateway>>, request: Request) -> Response {
    relay(gateway, Endpoint::Rerank, request).await
}
