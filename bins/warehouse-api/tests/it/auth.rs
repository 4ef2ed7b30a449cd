//! Tokens and scopes.

use reqwest::{Method, Response};

use crate::app::{ADMIN, OPERATOR, READER, TestApp, problem};

async fn with_token(app: &TestApp, method: Method, path: &str, token: &str) -> Response {
    app.request(method, path).bearer_auth(token).send().await.unwrap()
}

#[tokio::test]
async fn without_a_token_data_is_closed_and_the_challenge_says_how() {
    let app = TestApp::start().await;
    let routes = [
        "/warehouse/daily?code=600519.SH",
        "/warehouse/features?code=600519.SH&date=2026-04-28",
        "/warehouse/fundamentals?code=600519.SH&period=2025Q3",
        "/warehouse/macro",
        "/quality/status",
        "/quality/logs",
        "/quality/rules",
        "/quality/quarantine",
        "/quality/quarantine/abc",
    ];
    for path in routes {
        let response = app.request(Method::GET, path).send().await.unwrap();
        assert_eq!(response.headers()["www-authenticate"], r#"Bearer realm="twilight""#, "{path}");
        let problem = problem(response).await;
        assert_eq!(
            (problem["status"].as_u64(), &problem["type"]),
            (Some(401), &"urn:twilight:problem:unauthorized".into())
        );
    }
    for path in [
        "/admin/ingest/run?source=tushare",
        "/admin/ingest/backfill?source=tdx&from=20160104",
        "/admin/quality/check?all=true",
        "/admin/quarantine/release",
        "/admin/quarantine/discard",
    ] {
        let response = app.request(Method::POST, path).send().await.unwrap();
        assert_eq!(response.status(), 401, "{path}");
    }
}

#[tokio::test]
async fn a_wrong_token_is_refused_without_being_repeated() {
    let app = TestApp::start().await;
    let response = with_token(&app, Method::GET, "/quality/status", "reader-token-0123456780").await;
    assert_eq!(response.headers()["www-authenticate"], r#"Bearer realm="twilight", error="invalid_token""#);
    let problem = problem(response).await;
    assert_eq!(problem["status"], 401);
    assert!(!problem.to_string().contains("0123456780"), "{problem}");
    let basic =
        app.request(Method::GET, "/quality/status").basic_auth("operator", Some(OPERATOR)).send().await.unwrap();
    assert_eq!(basic.status(), 401);
    let in_query = app.request(Method::GET, &format!("/quality/status?token={OPERATOR}")).send().await.unwrap();
    assert_eq!(in_query.status(), 401);
}

#[tokio::test]
async fn a_token_that_lacks_the_scope_is_told_which() {
    let app = TestApp::start().await;
    let response = with_token(&app, Method::POST, "/admin/ingest/run?source=tushare", READER).await;
    assert_eq!(
        response.headers()["www-authenticate"],
        r#"Bearer realm="twilight", error="insufficient_scope", scope="admin""#
    );
    insta::assert_json_snapshot!(problem(response).await, @r#"
    {
      "detail": "this route needs a token with the scope `admin`",
      "scope": "admin",
      "status": 403,
      "title": "The token lacks a scope",
      "type": "urn:twilight:problem:insufficient-scope"
    }
    "#);
    let response = with_token(&app, Method::GET, "/warehouse/daily?code=600519.SH", ADMIN).await;
    assert_eq!(problem(response).await["scope"], "read");
    assert_eq!(with_token(&app, Method::GET, "/quality/status", READER).await.status(), 200);
}

#[tokio::test]
async fn a_token_is_asked_for_before_anything_else_is_judged() {
    let app = TestApp::start().await;
    let response = app.request(Method::GET, "/warehouse/daily?code=nonsense&x=y").send().await.unwrap();
    assert_eq!(response.status(), 401);
}

#[tokio::test]
async fn health_metrics_and_documentation_are_open() {
    let app = TestApp::start().await;
    for path in ["/healthz", "/readyz", "/metrics", "/openapi.json", "/docs/"] {
        let response = app.request(Method::GET, path).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
    }
}

#[tokio::test]
async fn without_any_configured_token_every_data_route_is_closed() {
    let app = TestApp::shared().with(|config| config.api.tokens.clear()).start().await;
    assert_eq!(app.get("/quality/status").await.status(), 401);
}
