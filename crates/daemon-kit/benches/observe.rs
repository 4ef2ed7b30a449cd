//! What observing a request costs: the same handler bare, as a hot route and as an ordinary one.
//!
//! Log lines go to a sink at level `info`, as in production but for the write itself.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot start should panic")]

use axum::{Router, body::Body, http::Request, routing::get};
use daemon_kit::{metrics, server::Server};
use tower::ServiceExt as _;

fn main() {
    let subscriber = tracing_subscriber::fmt().json().with_writer(std::io::sink).finish();
    tracing::subscriber::set_global_default(subscriber).unwrap();
    divan::main();
}

fn call(bencher: divan::Bencher<'_, '_>, router: &Router) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let request = || Request::get("/x").body(Body::empty()).unwrap();
    bencher.with_inputs(request).bench_values(|request| runtime.block_on(router.clone().oneshot(request)).unwrap());
}

async fn handler() -> &'static str {
    "ok"
}

fn server() -> Server {
    Server::new("bench", metrics::install().unwrap())
}

#[divan::bench]
fn bare(bencher: divan::Bencher<'_, '_>) {
    call(bencher, &Router::new().route("/x", get(handler)));
}

#[divan::bench]
fn hot(bencher: divan::Bencher<'_, '_>) {
    call(bencher, &server().hot_route("/x", get(handler)).into_router());
}

#[divan::bench]
fn ordinary(bencher: divan::Bencher<'_, '_>) {
    call(bencher, &server().routes(Router::new().route("/x", get(handler))).into_router());
}
