//! `POST /v1/chat/completions`: a chat, streamed or not.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    response::Response,
};
use llm_upstream::Endpoint;

use crate::{gateway::Gateway, relay::relay};

/// Relays it.
pub(crate) async fn post(State(gateway): State<Arc<Gateway>>, request: Request) -> Response {
    relay(gateway, Endpoint::ChatCompletions, request).await
}
