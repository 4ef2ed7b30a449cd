//! A request to one of the relayed endpoints.

use std::{panic::AssertUnwindSafe, sync::Arc};

use axum::{
    extract::Request,
    response::{IntoResponse as _, Response},
};
use daemon_kit::request_id::RequestId;
use futures::FutureExt as _;
use llm_upstream::Endpoint;

use super::{Call, attempts, intake::read_body, prepare::Prepared};
use crate::{auth, gateway::Gateway, refusal::Failure};

/// Carries a request to `endpoint` out. Whatever happens, the caller of a relayed endpoint gets OpenAI's form of error.
pub(crate) async fn relay(gateway: Arc<Gateway>, endpoint: Endpoint, request: Request) -> Response {
    let carried = AssertUnwindSafe(admit(gateway, endpoint, request)).catch_unwind().await;
    // What the panic said is in the log; its request is recorded and settled by what it held.
    carried.unwrap_or_else(|_| Failure::internal().into_response())
}

async fn admit(gateway: Arc<Gateway>, endpoint: Endpoint, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let caller = match auth::caller(&gateway, &head.headers) {
        Ok(caller) => caller,
        Err(failure) => return failure.into_response(),
    };
    // Set around every route; without it there is still an id of our own.
    let id = head.extensions.get::<RequestId>().cloned().unwrap_or_else(RequestId::generate);
    let mut call = Call::new(gateway, id, caller, endpoint);
    let options = &call.gateway.options;
    // Until the request has been sent for the last time.
    let mut held = call.gateway.bodies.none();
    let body = read_body(&head.headers, body, options.max_body, options.body_within, &mut held).await;
    call.upload = call.started.elapsed();
    let body = match body {
        Ok(body) => body,
        Err(failure) => return attempts::answer(call, failure),
    };
    let prepared = match Prepared::read(endpoint, body, &call.gateway.options) {
        Ok(prepared) => prepared,
        Err(bad) => return attempts::answer(call, bad.into()),
    };
    call.model = prepared.model.clone();
    call.stream = prepared.is_stream();
    if !call.caller.allows_model(&prepared.model) {
        let failure = Failure::model_not_allowed(&prepared.model);
        return attempts::answer(call, failure);
    }
    attempts::carry(call, &prepared).await
}
