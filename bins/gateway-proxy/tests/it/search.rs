//! `/search` as its callers see it: who is let in, in which form they may ask, and what a gateway without SearXNG says.

use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use upstream_simulators::{SearxngFault, SearxngOptions, SearxngServer};

use crate::support::{Gateway, eventually};

const FORM: &str = "application/x-www-form-urlencoded";

async fn with(searxng: &SearxngServer, settings: &str) -> Gateway {
    let section = format!("[gateway-proxy.search]\nsearxng_url = \"{}\"\n{settings}\n", searxng.url);
    Gateway::with("", &section).await
}

async fn searxng() -> SearxngServer {
    SearxngServer::start(SearxngOptions::default()).await.unwrap()
}

fn ask(gateway: &Gateway, method: Method, query: &str) -> RequestBuilder {
    gateway.client.request(method, format!("{}/search{query}", gateway.base))
}

async fn told(request: RequestBuilder) -> (u16, String) {
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    let body: Value = answer.json().await.unwrap();
    let kind = body["type"].as_str().and_then(|kind| kind.rsplit(':').next()).unwrap_or_default().to_owned();
    (status, kind)
}

fn kind(status: u16, kind: &str) -> (u16, String) {
    (status, kind.to_owned())
}

#[tokio::test]
async fn a_gateway_without_searxng_says_so() {
    let gateway = Gateway::over("").await;
    assert_eq!(told(ask(&gateway, Method::GET, "?q=a")).await, kind(501, "search-not-configured"));
    let status = ask(&gateway, Method::GET, "").send().await.unwrap().text().await.unwrap();
    assert!(status.contains("gateway-proxy.search.searxng_url"), "{status}");
}

#[tokio::test]
async fn urls_forms_head_and_options_are_answered_each_in_its_way() {
    let searxng = searxng().await;
    let gateway = with(&searxng, "").await;
    assert_eq!(told(ask(&gateway, Method::GET, "?q=a+b&format=json")).await.0, 200);
    let form = ask(&gateway, Method::POST, "?pageno=2").header("content-type", FORM).body("q=a+b&format=json");
    assert_eq!(told(form).await.0, 200);
    let calls = searxng.calls().log();
    assert_eq!((calls[0].q.as_str(), calls[0].pageno, calls[1].pageno), ("a b", 1, 2));

    let head = ask(&gateway, Method::HEAD, "?q=head").send().await.unwrap();
    assert_eq!((head.status(), head.headers()["x-twilight-cache"].to_str().unwrap()), (StatusCode::OK, "fresh"));
    assert_eq!(head.headers()["cache-control"], "no-store");
    assert!(head.bytes().await.unwrap().is_empty());
    let options = ask(&gateway, Method::OPTIONS, "").send().await.unwrap();
    assert_eq!(options.status(), StatusCode::NO_CONTENT);
    assert_eq!(options.headers()["allow"], "GET, HEAD, POST, OPTIONS");
    assert_eq!(told(ask(&gateway, Method::DELETE, "?q=a")).await, kind(405, "method-not-allowed"));

    assert_eq!(told(ask(&gateway, Method::GET, "?q=+")).await, kind(400, "invalid-parameter"));
    assert_eq!(told(ask(&gateway, Method::GET, "?q=a&format=html")).await, kind(400, "invalid-parameter"));
    let json = ask(&gateway, Method::POST, "").json(&json!({"q": "a"}));
    assert_eq!(told(json).await, kind(415, "not-a-form"));
    assert_eq!(searxng.calls().total(), 3, "what cannot be asked is asked of nobody");
    let last = ask(&gateway, Method::GET, "?q=c").send().await.unwrap();
    assert_eq!(last.headers()["x-ratelimit-remaining"], "6", "and does not count");
}

#[tokio::test]
async fn tokens_need_the_scope_and_callers_without_one_need_leave() {
    let searxng = searxng().await;
    let gateway = with(&searxng, "anonymous = false\ntrusted_tokens = [\"api\"]").await;
    let search = |token: &str| ask(&gateway, Method::GET, "?q=a").bearer_auth(token);
    assert_eq!(told(ask(&gateway, Method::GET, "?q=a")).await, kind(401, "unauthorized"));
    assert_eq!(told(search("tw-nobody")).await, kind(401, "unauthorized"));
    // The usual token of these tests is for models.
    assert_eq!(told(search(&gateway.token)).await, kind(403, "insufficient-scope"));
    let bot = gateway.register(json!({"id": "bot", "profile": "p", "scopes": ["search"]})).await;
    let api = gateway.register(json!({"id": "api", "profile": "p", "scopes": ["search"]})).await;
    let left = async |request: RequestBuilder| {
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 200);
        answer.headers()["x-ratelimit-remaining"].to_str().unwrap().to_owned()
    };
    assert_eq!(left(search(&bot)).await, "9");
    assert_eq!(left(search(&bot).header("x-twilight-caller", "x")).await, "8", "nobody believes a bot");
    assert_eq!(left(search(&api).header("x-twilight-caller", "x")).await, "9");
    assert_eq!(left(search(&api).header("x-twilight-caller", "y")).await, "9");
    assert_eq!(left(search(&api).header("x-twilight-caller", "x")).await, "8");
    assert_eq!(left(search(&api)).await, "9", "for itself");
}

#[tokio::test]
async fn a_searxng_that_answers_something_else_is_said_so_and_operators_see_how_it_fares() {
    let searxng = searxng().await;
    let gateway = with(&searxng, "").await;
    searxng.faults().next(1, SearxngFault::HtmlOk);
    let failed = told(ask(&gateway, Method::GET, "?q=a")).await;
    assert_eq!(failed, kind(502, "search-upstream"));
    assert_eq!(told(ask(&gateway, Method::GET, "?q=a")).await.0, 200, "the next one is asked anew");
    let request = gateway.client.get(format!("{}/admin/search", gateway.base));
    let closed = request.try_clone().unwrap().send().await.unwrap();
    assert_eq!(closed.status(), StatusCode::UNAUTHORIZED);
    let state: Value = request.bearer_auth("the-operators-own-token").send().await.unwrap().json().await.unwrap();
    assert_eq!(
        (&state["configured"], &state["cache"], &state["per_minute"]),
        (&json!(true), &json!("none"), &json!(10))
    );
    let names: Vec<_> = state["engines"].as_array().unwrap().iter().map(|engine| &engine["name"]).collect();
    assert_eq!(names[..4], ["baidu", "sogou", "360search", "bing"]);
    let line = "search_requests_total{outcome=\"fresh\"}";
    eventually("the search is counted", async || {
        let metrics = gateway.client.get(format!("{}/metrics", gateway.base)).send().await.unwrap();
        metrics.text().await.unwrap().contains(line).then_some(())
    })
    .await;
}
