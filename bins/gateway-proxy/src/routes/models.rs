//! `GET /v1/models` and `/v1/models/{model}`: what the caller's token may ask for.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
    http::HeaderMap,
    response::{IntoResponse as _, Response},
};
use route_policy::{Refusal, RefusalKind};
use serde::Serialize;

use crate::{auth, gateway::Gateway, refusal::Failure};

#[derive(Serialize)]
struct List {
    object: &'static str,
    data: Vec<Model>,
}

/// As OpenAI describes a model. Nobody here knows when it was made.
#[derive(Serialize)]
struct Model {
    id: Arc<str>,
    object: &'static str,
    created: u64,
    owned_by: &'static str,
}

/// All of them, by name.
pub(crate) async fn list(State(gateway): State<Arc<Gateway>>, headers: HeaderMap) -> Response {
    match allowed(&gateway, &headers) {
        Ok(models) => {
            Json(List { object: "list", data: models.into_iter().map(Model::named).collect() }).into_response()
        }
        Err(failure) => failure.into_response(),
    }
}

/// One of them. Names may have slashes.
pub(crate) async fn show(
    State(gateway): State<Arc<Gateway>>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Response {
    let models = match allowed(&gateway, &headers) {
        Ok(models) => models,
        Err(failure) => return failure.into_response(),
    };
    match models.into_iter().find(|model| **model == *name) {
        Some(model) => Json(Model::named(model)).into_response(),
        None => {
            let kind = RefusalKind::UnknownModel { near: None };
            let refusal = Refusal { kind, retry_after: None, considered: Vec::new() };
            Failure::of_router(&refusal, &name).into_response()
        }
    }
}

fn allowed(gateway: &Gateway, headers: &HeaderMap) -> Result<Vec<Arc<str>>, Failure> {
    let caller = auth::caller(gateway, headers)?;
    let mut models = gateway.desk.read(|router, _| router.models());
    models.retain(|model| caller.allows_model(model));
    Ok(models)
}

impl Model {
    fn named(id: Arc<str>) -> Self {
        Self { id, object: "model", created: 0, owned_by: "twilight" }
    }
}
