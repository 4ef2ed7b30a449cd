//! `/search`: what reaches the gateway, what its word means for a caller, and when it is asked again.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse as _, Response},
    routing::post,
};
use daemon_kit::config::Secret;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::{net::TcpListener, time::Instant};

use crate::app::{READER, SEARCHER, TestApp, problem};

/// A gateway that says what it is told to, in this order, and then always the last.
#[derive(Clone)]
struct Gateway {
    script: Arc<Mutex<VecDeque<Scripted>>>,
    seen: Arc<Mutex<Vec<(HeaderMap, String)>>>,
}

#[derive(Clone)]
struct Scripted {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Value,
}

fn found() -> Scripted {
    let body =
        json!({"query": "q", "results": [{"url": "https://a.example/", "title": "A"}], "unresponsive_engines": []});
    let headers = [
        ("content-type", "application/json"),
        ("x-twilight-cache", "fresh"),
        ("x-ratelimit-limit", "10"),
        ("x-ratelimit-remaining", "9"),
        ("x-internal", "stays inside"),
    ];
    Scripted { status: 200, headers: headers.map(|(name, value)| (name, value.to_owned())).to_vec(), body }
}

fn refused(status: u16, kind: &str, wait: Option<u32>) -> Scripted {
    let mut headers = vec![("content-type", "application/problem+json".to_owned())];
    headers.extend(wait.map(|wait| ("retry-after", wait.to_string())));
    let body = json!({"type": format!("urn:twilight:problem:{kind}"), "title": "t", "status": status, "detail": "d"});
    Scripted { status, headers, body }
}

async fn answer(State(gateway): State<Gateway>, headers: HeaderMap, body: Bytes) -> Response {
    gateway.seen.lock().unwrap().push((headers, String::from_utf8(body.to_vec()).unwrap()));
    let mut script = gateway.script.lock().unwrap();
    let said = if script.len() > 1 { script.pop_front() } else { script.front().cloned() };
    let said = said.unwrap();
    let mut response = (StatusCode::from_u16(said.status).unwrap(), said.body.to_string()).into_response();
    for (name, value) in said.headers {
        response.headers_mut().insert(name, value.parse().unwrap());
    }
    response
}

impl Gateway {
    /// Starts it, and a server that searches through it.
    async fn over(script: impl IntoIterator<Item = Scripted>) -> (Self, TestApp) {
        let gateway = Self { script: Arc::new(Mutex::new(script.into_iter().collect())), seen: Arc::default() };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().route("/search", post(answer)).with_state(gateway.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let app = TestApp::shared().with(|config| {
            config.api.search.gateway = url.parse().unwrap();
            config.api.search.token = Some(Secret::new("tw-of-the-api"));
        });
        (gateway, app.start().await)
    }

    fn tries(&self) -> usize {
        self.seen.lock().unwrap().len()
    }
}

async fn search(app: &TestApp, path: &str) -> reqwest::Response {
    app.request(Method::GET, path).bearer_auth(SEARCHER).send().await.unwrap()
}

#[tokio::test]
async fn a_search_is_posted_in_its_callers_name_and_the_answer_passed_on() {
    let (gateway, app) = Gateway::over([found()]).await;
    let answer = app
        .request(Method::GET, "/search?q=%E8%B4%B5%E5%B7%9E%20a&language=zh&timeout_ms=2000")
        .bearer_auth(SEARCHER)
        .header("x-request-id", "the-callers-own")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    let header = |name: &str| answer.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
    assert_eq!(header("x-twilight-cache").as_deref(), Some("fresh"));
    assert_eq!(header("x-ratelimit-remaining").as_deref(), Some("9"));
    assert_eq!(header("content-type").as_deref(), Some("application/json"));
    assert_eq!(header("x-internal"), None);
    let body: warehouse_api::openapi::SearchBody = answer.json().await.unwrap();
    assert_eq!(body.results[0].url, "https://a.example/");
    let seen = gateway.seen.lock().unwrap().clone();
    let [(headers, form)] = seen.try_into().unwrap();
    assert_eq!(form, "q=%E8%B4%B5%E5%B7%9E+a&language=zh", "the deadline is ours");
    assert_eq!(headers["x-twilight-caller"], "searcher");
    assert_eq!(headers["authorization"], "Bearer tw-of-the-api");
    assert_eq!(headers["x-request-id"], "the-callers-own");
}

#[tokio::test]
async fn a_form_may_be_posted_and_only_who_may_search_is_let_in() {
    let (gateway, app) = Gateway::over([found()]).await;
    let form = app.request(Method::POST, "/search").bearer_auth(SEARCHER);
    let form = form.header("content-type", "application/x-www-form-urlencoded").body("q=a+b");
    assert_eq!(form.send().await.unwrap().status(), 200);
    assert_eq!(gateway.seen.lock().unwrap()[0].1, "q=a+b");
    let reader = app.request(Method::GET, "/search?q=a").bearer_auth(READER).send().await.unwrap();
    assert_eq!(problem(reader).await["scope"], "search");
    assert_eq!(app.request(Method::GET, "/search?q=a").send().await.unwrap().status(), 401);
    let long = search(&app, "/search?q=a&timeout_ms=1e9").await;
    assert_eq!((long.status().as_u16(), problem(long).await["field"].as_str()), (400, Some("timeout_ms")));
    assert_eq!(gateway.tries(), 1);
}

#[tokio::test]
async fn a_429_is_waited_out_where_the_caller_has_the_time() {
    let (gateway, app) = Gateway::over([refused(429, "search-rate-limited", Some(1)), found()]).await;
    let begun = Instant::now();
    assert_eq!(search(&app, "/search?q=a").await.status(), 200);
    assert!(begun.elapsed() >= Duration::from_secs(1), "{:?}", begun.elapsed());
    assert_eq!(gateway.tries(), 2);

    let (gateway, app) = Gateway::over([refused(429, "search-rate-limited", Some(30))]).await;
    let answer = search(&app, "/search?q=a").await;
    assert_eq!(answer.headers()["retry-after"], "30");
    let answer = problem(answer).await;
    assert_eq!((answer["status"].as_u64(), gateway.tries()), (Some(429), 1), "at once: {answer}");
}

#[tokio::test]
async fn what_may_heal_is_tried_again_and_three_times_at_most() {
    let failing = || refused(502, "search-engines-failed", None);
    let (gateway, app) = Gateway::over([failing(), refused(503, "search-busy", None), found()]).await;
    assert_eq!(search(&app, "/search?q=a").await.status(), 200);
    assert_eq!(gateway.tries(), 3);
    let (gateway, app) = Gateway::over([failing()]).await;
    let answer = problem(search(&app, "/search?q=a").await).await;
    assert_eq!(answer["type"], "urn:twilight:problem:search-engines-failed");
    assert_eq!(gateway.tries(), 3);
    for (status, kind) in [(400, "invalid-parameter"), (501, "search-not-configured")] {
        let (gateway, app) = Gateway::over([refused(status, kind, None)]).await;
        let answer = problem(search(&app, "/search?q=a").await).await;
        assert_eq!((answer["status"].as_u64(), gateway.tries()), (Some(status.into()), 1), "{answer}");
    }
}

#[tokio::test]
async fn the_gateways_word_on_this_server_is_not_the_callers_affair() {
    for said in [refused(401, "unauthorized", None), refused(403, "insufficient-scope", None), refused(404, "x", None)]
    {
        let (_, app) = Gateway::over([said]).await;
        let answer = problem(search(&app, "/search?q=a").await).await;
        assert_eq!(answer["type"], "urn:twilight:problem:search-gateway", "{answer}");
        assert_eq!(answer["status"], 502);
    }
    let html = Scripted { status: 500, headers: vec![("content-type", "text/html".to_owned())], body: json!("<p>") };
    let (_, app) = Gateway::over([html]).await;
    assert_eq!(problem(search(&app, "/search?q=a").await).await["type"], "urn:twilight:problem:search-gateway");
}

#[tokio::test]
async fn a_gateway_that_is_away_or_too_slow_is_said_so_in_time() {
    let app = TestApp::start().await;
    let answer = problem(search(&app, "/search?q=a").await).await;
    assert_eq!(answer["type"], "urn:twilight:problem:search-gateway-unreachable", "{answer}");
    // It takes connections and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let app = TestApp::shared().with(|config| config.api.search.gateway = url.parse().unwrap()).start().await;
    let begun = Instant::now();
    let answer = problem(search(&app, "/search?q=a&timeout_ms=300").await).await;
    assert_eq!(answer["type"], "urn:twilight:problem:search-timeout", "{answer}");
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}
