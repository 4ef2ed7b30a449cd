//! The routes that every daemon has, and the answers to requests that no route takes.

use axum::{
    Json, Router,
    extract::Request,
    http::{StatusCode, header},
    response::IntoResponse,
    routing::{any, get},
};
use serde_json::json;

use crate::{metrics::Metrics, problem::Problem, readiness::Readiness};

pub(super) fn routes(service: &'static str, metrics: Metrics, readiness: Readiness) -> Router {
    Router::new()
        .route(
            "/healthz",
            get(move || async move {
                Json(json!({"status": "ok", "service": service, "version": env!("CARGO_PKG_VERSION")}))
            }),
        )
        .route("/readyz", get(move || async move { readiness.respond().await }))
        .route(
            "/metrics",
            get(move || async move { ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], metrics.render()) }),
        )
}

pub(super) fn unmatched() -> Router {
    Router::new().fallback(any(no_such_route))
}

pub(super) async fn method_not_allowed(request: Request) -> impl IntoResponse {
    let detail = format!("{} does not answer {}; see the allow header", request.uri().path(), request.method());
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "Method not allowed", detail)
}

async fn no_such_route(request: Request) -> Problem {
    let detail = format!("nothing is served at {}", request.uri().path());
    Problem::new(StatusCode::NOT_FOUND, "no-such-route", "No such route", detail)
}
