//! A server on a real socket: standard routes, ids, problems, panics, and shutdown.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{sync::Arc, time::Duration};

use axum::{
    Extension, Router,
    routing::{get, post},
};
use daemon_kit::{
    http::{self, ClientOptions},
    metrics,
    readiness::Readiness,
    request_id::RequestId,
    server::{Lanes, Peer, Server},
};
use reqwest::{Client, Response, StatusCode};
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::Semaphore, task::JoinHandle};
use tokio_util::sync::CancellationToken;

struct Running {
    base: String,
    client: Client,
    shutdown: CancellationToken,
    server: JoinHandle<std::io::Result<()>>,
}

impl Running {
    async fn start(configure: impl FnOnce(Server) -> Server) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let client = http::client(&ClientOptions::default()).unwrap();
        let shutdown = CancellationToken::new();
        let server = configure(Server::new("a-daemon", metrics::install().unwrap()));
        let server = tokio::spawn(server.run(listener, shutdown.clone()));
        Self { base, client, shutdown, server }
    }

    async fn get(&self, path: &str) -> Response {
        self.client.get(format!("{}{path}", self.base)).send().await.unwrap()
    }

    async fn stopped(self) {
        let outcome = tokio::time::timeout(Duration::from_secs(20), self.server).await;
        outcome.expect("the server stops").unwrap().unwrap();
    }
}

async fn echo_id(Extension(id): Extension<RequestId>) -> String {
    id.to_string()
}

async fn panics() -> &'static str {
    panic!("a bug in the handler")
}

async fn problem(response: Response) -> Value {
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    response.json().await.unwrap()
}

async fn echo_peer(Extension(Peer(address)): Extension<Peer>) -> String {
    address.ip().to_string()
}

#[tokio::test]
async fn a_handler_knows_who_is_at_the_other_end() {
    let server = Running::start(|server| server.routes(Router::new().route("/peer", get(echo_peer)))).await;
    assert_eq!(server.get("/peer").await.text().await.unwrap(), "127.0.0.1");
}

#[tokio::test]
async fn health_readiness_and_metrics_are_always_there() {
    let readiness = Readiness::new().check("queue", || async { Err("redis is away".to_owned()) });
    let server = Running::start(|server| server.readiness(readiness)).await;

    let health = server.get("/healthz").await;
    assert_eq!(health.status(), StatusCode::OK);
    let health: Value = health.json().await.unwrap();
    assert_eq!((&health["status"], &health["service"]), (&json!("ok"), &json!("a-daemon")));

    let ready = server.get("/readyz").await;
    assert_eq!(ready.status(), StatusCode::SERVICE_UNAVAILABLE);
    let ready: Value = ready.json().await.unwrap();
    assert_eq!(ready, json!({"ready": false, "checks": {"queue": {"ok": false, "reason": "redis is away"}}}));

    assert!(server.get("/metrics").await.text().await.unwrap().contains("process_resident_memory_bytes"));
}

#[tokio::test]
async fn a_request_keeps_its_sane_id_and_gets_one_otherwise() {
    let server = Running::start(|server| {
        server.routes(Router::new().route("/id", get(echo_id))).hot_route("/hot-id", get(echo_id))
    })
    .await;
    for path in ["/id", "/hot-id"] {
        let request = server.client.get(format!("{}{path}", server.base));
        let response = request.header("x-request-id", "agent-7").send().await.unwrap();
        assert_eq!(response.headers()["x-request-id"], "agent-7");
        assert_eq!(response.text().await.unwrap(), "agent-7");

        let request = server.client.get(format!("{}{path}", server.base));
        let response = request.header("x-request-id", "no good\", \"level\":\"x").send().await.unwrap();
        let made = response.headers()["x-request-id"].to_str().unwrap().to_owned();
        assert_eq!(made.len(), 16);
        assert_eq!(response.text().await.unwrap(), made);
    }
    assert_eq!(server.get("/healthz").await.headers()["x-request-id"].len(), 16);
}

#[tokio::test]
async fn a_relayed_request_never_gets_the_id_that_its_caller_chose() {
    let server = Running::start(|server| server.relay_route("/relay", post(echo_id))).await;
    let mut ids = std::collections::HashSet::new();
    for _ in 0..2 {
        let request = server.client.post(format!("{}/relay", server.base));
        let response = request.header("x-request-id", "agent-7").send().await.unwrap();
        let id = response.headers()["x-request-id"].to_str().unwrap().to_owned();
        assert_eq!(response.text().await.unwrap(), id);
        ids.insert(id);
    }
    assert!(ids.len() == 2 && !ids.contains("agent-7"), "{ids:?}");
    let metrics = server.get("/metrics").await.text().await.unwrap();
    assert!(
        metrics.contains(r#"http_request_seconds_count{method="POST",route="/relay",status="2xx"} 2"#),
        "{metrics}"
    );
}

#[tokio::test]
async fn unknown_paths_and_wrong_methods_are_problems() {
    let server = Running::start(|server| server.hot_route("/bars", get(echo_id))).await;

    let unknown = server.get("/nothing/here?token=secret").await;
    assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
    assert!(unknown.headers().contains_key("x-request-id"));
    let body = problem(unknown).await;
    assert_eq!(body["type"], "urn:twilight:problem:no-such-route");
    assert_eq!(body["detail"], "nothing is served at /nothing/here");

    let wrong = server.client.post(format!("{}/bars", server.base)).send().await.unwrap();
    assert_eq!(wrong.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(wrong.headers()["allow"], "GET,HEAD");
    assert_eq!(problem(wrong).await["type"], "urn:twilight:problem:method-not-allowed");
}

#[tokio::test]
async fn a_panic_is_a_problem_and_the_next_request_is_served() {
    let server = Running::start(|server| {
        server.routes(Router::new().route("/panics", get(panics))).hot_route("/hot-panics", get(panics))
    })
    .await;
    for path in ["/panics", "/hot-panics"] {
        let response = server.get(path).await;
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert!(response.headers().contains_key("x-request-id"));
        let body = problem(response).await;
        assert_eq!(body["type"], "urn:twilight:problem:internal");
        assert!(!body.to_string().contains("a bug"), "{body}");
    }
    assert_eq!(server.get("/healthz").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn latencies_are_counted_by_route_not_by_path() {
    let server = Running::start(|server| {
        let routes = Router::new().route("/codes/{code}", get(|| async { "ok" }));
        server.routes(routes).hot_route("/counted", get(|| async { "ok" }))
    })
    .await;
    for path in ["/codes/1", "/codes/2", "/counted", "/counted", "/counted", "/unheard-of-1", "/unheard-of-2"] {
        server.get(path).await;
    }
    let text = server.get("/metrics").await.text().await.unwrap();
    let count = |route: &str, status: &str| {
        let labels = format!("{{method=\"GET\",route=\"{route}\",status=\"{status}\"}} ");
        let line = text.lines().find_map(|line| line.strip_prefix("http_request_seconds_count")?.strip_prefix(&labels));
        line.map(|count| count.parse::<u64>().unwrap())
    };
    assert_eq!(count("/codes/{code}", "2xx"), Some(2), "{text}");
    assert_eq!(count("/counted", "2xx"), Some(3), "{text}");
    assert!(count("unmatched", "4xx").unwrap() >= 2, "{text}");
    assert!(!text.contains("unheard-of"), "{text}");
}

#[tokio::test]
async fn shutdown_finishes_the_request_in_flight_and_takes_no_new_one() {
    let (entered, release) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let slow = {
        let (entered, release) = (entered.clone(), release.clone());
        move || async move {
            entered.add_permits(1);
            release.acquire().await.unwrap().forget();
            "finished"
        }
    };
    let server = Running::start(|server| server.routes(Router::new().route("/slow", get(slow)))).await;
    let request = tokio::spawn(server.client.get(format!("{}/slow", server.base)).send());
    entered.acquire().await.unwrap().forget();

    server.shutdown.cancel();
    // The listener closes at once: a new connection is refused as soon as the server has seen the token.
    let fresh = http::client(&ClientOptions::default()).unwrap();
    let refused = async {
        while fresh.get(format!("{}/healthz", server.base)).send().await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), refused).await.expect("no new requests");
    assert!(!server.server.is_finished());

    release.add_permits(1);
    let response = request.await.unwrap().unwrap();
    assert_eq!(response.text().await.unwrap(), "finished");
    server.stopped().await;
}

#[tokio::test]
async fn a_request_that_outlasts_the_drain_deadline_is_cut_off() {
    let entered = Arc::new(Semaphore::new(0));
    let hangs = {
        let entered = entered.clone();
        move || async move {
            entered.add_permits(1);
            std::future::pending::<&'static str>().await
        }
    };
    let server = Running::start(|server| {
        server.routes(Router::new().route("/hangs", get(hangs))).drain_deadline(Duration::from_millis(20))
    })
    .await;
    let request = tokio::spawn(server.client.get(format!("{}/hangs", server.base)).send());
    entered.acquire().await.unwrap().forget();
    server.shutdown.cancel();
    server.stopped().await;
    request.await.unwrap().unwrap_err();
}

#[tokio::test]
async fn lanes_share_the_connections_and_finish_what_is_in_flight() {
    let (entered, release) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let slow = {
        let (entered, release) = (entered.clone(), release.clone());
        move || async move {
            entered.add_permits(1);
            release.acquire().await.unwrap().forget();
            Lanes::current().to_string()
        }
    };
    let lanes = Arc::new(Lanes::new().unwrap());
    let count = std::thread::available_parallelism().unwrap().get();
    let routes = Router::new().route("/slow", get(slow));
    let server = Running::start(|server| server.routes(routes).lanes(lanes.clone())).await;
    assert_eq!(Lanes::current(), 0, "a test is in none");
    // A connection each, as none is free while its request waits.
    let request = || tokio::spawn(server.client.get(format!("{}/slow", server.base)).send());
    let requests: Vec<_> = (0..2 * count).map(|_| request()).collect();
    entered.acquire_many(2 * count as u32).await.unwrap().forget();
    server.shutdown.cancel();
    release.add_permits(2 * count);
    let mut seen = Vec::new();
    for request in requests {
        seen.push(request.await.unwrap().unwrap().text().await.unwrap().parse::<usize>().unwrap());
    }
    seen.sort_unstable();
    let two_each: Vec<usize> = (1..=count).flat_map(|lane| [lane, lane]).collect();
    assert_eq!(seen, two_each);
    server.stopped().await;
    drop(lanes);
}

#[tokio::test]
async fn an_idle_connection_does_not_hold_shutdown_up() {
    let server = Running::start(|server| server).await;
    assert_eq!(server.get("/healthz").await.status(), StatusCode::OK);
    server.shutdown.cancel();
    let client = server.client.clone();
    tokio::time::timeout(Duration::from_secs(5), server.stopped())
        .await
        .expect("stops while the client keeps its connection");
    drop(client);
}
