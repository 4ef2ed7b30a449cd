//! What the log says about a request, and what it never says.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    io,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode},
    routing::get,
};
use daemon_kit::{metrics, server::Server};
use serde_json::Value;
use tower::ServiceExt as _;
use tracing::level_filters::LevelFilter;

#[derive(Clone, Default)]
struct Buffer(Arc<Mutex<Vec<u8>>>);

impl io::Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The lines that a GET of `path` leaves, at `level`.
async fn lines(level: LevelFilter, path: &str) -> Vec<Value> {
    let buffer = Buffer::default();
    let writer = buffer.clone();
    let subscriber =
        tracing_subscriber::fmt().json().with_max_level(level).with_writer(move || writer.clone()).finish();
    let guard = tracing::subscriber::set_default(subscriber);
    let handler = || async {
        tracing::info!("inside");
        "ok"
    };
    let broken = || async { StatusCode::INTERNAL_SERVER_ERROR };
    let router = Server::new("a-daemon", metrics::install().unwrap())
        .routes(Router::new().route("/bars", get(handler)))
        .hot_route("/hot", get(handler))
        .hot_route("/hot-broken", get(broken))
        .into_router();
    let request = Request::get(path).header("x-request-id", "agent-7").header("authorization", "Bearer hunter2");
    router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    drop(guard);
    let text = String::from_utf8(buffer.0.lock().unwrap().clone()).unwrap();
    assert!(!text.contains("hunter2"), "{text}");
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn a_request_leaves_one_line_with_its_id_and_the_handlers_lines_carry_the_id_too() {
    let lines = lines(LevelFilter::INFO, "/bars?token=hunter2").await;
    let [inside, done] = lines.as_slice() else { panic!("{lines:?}") };
    assert_eq!(inside["fields"]["message"], "inside");
    assert_eq!(inside["span"]["request_id"], "agent-7");
    assert_eq!(inside["span"]["http.path"], "/bars");
    assert_eq!(done["fields"]["http.status"], 200);
    assert_eq!(done["fields"]["http.route"], "/bars");
    let message = done["fields"]["message"].as_str().unwrap();
    assert!(message.starts_with("GET /bars answered 200 in "), "{message}");
}

#[tokio::test]
async fn a_hot_route_and_health_are_silent_until_debug() {
    assert_eq!(lines(LevelFilter::INFO, "/healthz").await.len(), 0);
    assert_eq!(lines(LevelFilter::INFO, "/hot?token=hunter2").await.len(), 1, "only the handler's own line");
    let debug = lines(LevelFilter::DEBUG, "/hot?token=hunter2").await;
    assert_eq!(debug.len(), 2);
    assert_eq!(debug[0]["span"]["request_id"], "agent-7");
}

#[tokio::test]
async fn a_failure_of_a_hot_route_is_always_logged_with_its_id() {
    let lines = lines(LevelFilter::INFO, "/hot-broken").await;
    let [line] = lines.as_slice() else { panic!("{lines:?}") };
    assert_eq!((line["level"].as_str(), line["fields"]["request_id"].as_str()), (Some("ERROR"), Some("agent-7")));
}
