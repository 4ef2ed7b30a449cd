//! The OpenAPI document and its page.

use reqwest::Method;
use serde_json::Value;

use crate::app::TestApp;

#[tokio::test]
async fn the_document_lists_every_route_with_its_errors() {
    let app = TestApp::start().await;
    let document: Value = app.json("/openapi.json").await;
    assert!(document["openapi"].as_str().unwrap().starts_with("3."), "{}", document["openapi"]);
    let paths: Vec<_> = document["paths"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        paths,
        [
            "/admin/ingest/backfill",
            "/admin/ingest/run",
            "/admin/quality/check",
            "/admin/quarantine/discard",
            "/admin/quarantine/release",
            "/healthz",
            "/metrics",
            "/openapi.json",
            "/quality/logs",
            "/quality/quarantine",
            "/quality/quarantine/{id}",
            "/quality/rules",
            "/quality/status",
            "/readyz",
            "/search",
            "/warehouse/daily",
            "/warehouse/features",
            "/warehouse/fundamentals",
            "/warehouse/macro"
        ]
    );
    let daily = &document["paths"]["/warehouse/daily"]["get"];
    let names: Vec<_> = daily["parameters"].as_array().unwrap().iter().map(|parameter| &parameter["name"]).collect();
    assert_eq!(names, ["code", "start", "end", "layer", "adjust", "format", "if-none-match"]);
    let responses: Vec<_> = daily["responses"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(responses, ["200", "304", "400", "401", "403", "404", "500", "503", "504"]);
    assert_eq!(daily["responses"]["200"]["content"].as_object().unwrap().len(), 4);
    assert!(document["components"]["securitySchemes"]["token"].is_object());
}

#[tokio::test]
async fn the_parameters_of_every_route_are_in_the_document() {
    let app = TestApp::start().await;
    let document: Value = app.json("/openapi.json").await;
    for (path, method, expected) in [
        ("/warehouse/fundamentals", "get", vec!["code", "period", "as_of", "metric", "if-none-match"]),
        ("/warehouse/macro", "get", vec!["series", "start", "end", "as_of", "if-none-match"]),
        (
            "/quality/logs",
            "get",
            vec!["severity", "check", "code", "since", "until", "open", "limit", "cursor", "if-none-match"],
        ),
        (
            "/quality/quarantine",
            "get",
            vec!["state", "source", "dataset", "code", "rule", "limit", "cursor", "if-none-match"],
        ),
        ("/quality/quarantine/{id}", "get", vec!["id", "if-none-match"]),
        (
            "/search",
            "get",
            vec!["q", "language", "categories", "engines", "pageno", "time_range", "safesearch", "timeout_ms"],
        ),
        ("/admin/quality/check", "post", vec!["dates", "all", "x-request-id"]),
        ("/admin/quarantine/release", "post", vec!["x-request-id"]),
        ("/admin/quarantine/discard", "post", vec!["x-request-id"]),
        ("/admin/ingest/run", "post", vec!["source", "dataset", "date", "period", "series", "x-request-id"]),
        ("/admin/ingest/backfill", "post", vec!["source", "from", "to", "codes", "x-request-id"]),
    ] {
        let route = &document["paths"][path][method];
        let names: Vec<_> =
            route["parameters"].as_array().unwrap().iter().map(|parameter| &parameter["name"]).collect();
        assert_eq!(names, expected, "{path}");
    }
    let body = &document["components"]["schemas"]["BackfillRequest"];
    assert_eq!(body["required"], serde_json::json!(["source", "from"]));
    assert!(body["properties"]["codes"].is_object());
    let body = &document["components"]["schemas"]["ReleaseRequest"];
    assert_eq!(body["required"], serde_json::json!(["ids"]));
    let logs = &document["paths"]["/quality/logs"]["get"]["responses"]["200"];
    assert_eq!(logs["content"]["application/json"]["schema"]["type"], "array");
    assert!(logs["headers"]["link"].is_object());
}

#[tokio::test]
async fn every_reference_in_the_document_leads_somewhere() {
    let app = TestApp::start().await;
    let document: Value = app.json("/openapi.json").await;
    let mut references = Vec::new();
    collect_references(&document, &mut references);
    assert!(references.len() > 20, "{references:?}");
    for reference in references {
        let pointer = reference.strip_prefix('#').unwrap_or_else(|| panic!("{reference} leads outside"));
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}

fn collect_references<'a>(value: &'a Value, references: &mut Vec<&'a str>) {
    match value {
        Value::Object(members) => {
            references.extend(members.get("$ref").and_then(Value::as_str));
            members.values().for_each(|member| collect_references(member, references));
        }
        Value::Array(items) => items.iter().for_each(|item| collect_references(item, references)),
        _ => {}
    }
}

#[tokio::test]
async fn the_page_asks_nobody_but_this_server() {
    let app = TestApp::start().await;
    for path in ["/docs/", "/docs/index.html", "/docs/swagger-initializer.js"] {
        let response = app.request(Method::GET, path).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        let policy = response.headers()["content-security-policy"].to_str().unwrap().to_owned();
        assert!(policy.starts_with("default-src 'self'"), "{policy}");
        let text = response.text().await.unwrap();
        assert!(!text.contains("https://") && !text.contains("http://"), "{path}: {text}");
    }
    let start = app.request(Method::GET, "/docs/swagger-initializer.js").send().await.unwrap().text().await.unwrap();
    assert!(start.contains("/openapi.json"), "{start}");
    assert!(start.contains(r#""validatorUrl": "none""#), "{start}");
}

#[tokio::test]
async fn the_page_can_be_asked_for_without_its_slash() {
    let app = TestApp::start().await;
    let response = app.request(Method::GET, "/docs").send().await.unwrap();
    assert_eq!((response.status().as_u16(), &response.headers()["location"]), (303, &"/docs/".parse().unwrap()));
    assert_eq!(app.request(Method::GET, "/docs/").send().await.unwrap().status(), 200);
}
