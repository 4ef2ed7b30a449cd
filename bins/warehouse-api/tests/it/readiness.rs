//! Starting, waiting, and what cannot be read.

use std::{fs, path::Path};

use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    app::{Market, TestApp, eventually},
    market::{self, published_at},
};

async fn ready(app: &TestApp) -> (u16, Value) {
    let response = app.request(Method::GET, "/readyz").send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

fn edit_manifest(published: &Path, generation: u64, edit: impl FnOnce(&mut Value)) {
    let path = published.join(format!("gen-{generation:06}.json"));
    let mut manifest: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    edit(&mut manifest);
    fs::write(&path, manifest.to_string()).unwrap();
}

/// Replaces `CURRENT` as the writer does: a reader sees the old text or the new one.
fn flip(published: &Path, text: &[u8]) {
    fs::write(published.join("CURRENT.new"), text).unwrap();
    fs::rename(published.join("CURRENT.new"), published.join("CURRENT")).unwrap();
}

#[tokio::test]
async fn before_the_first_generation_it_lives_and_waits() {
    let root = tempfile::tempdir().unwrap();
    let app = TestApp::over(&root.path().join("published")).start().await;
    assert_eq!(app.get("/healthz").await.status(), 200);
    let (status, body) = ready(&app).await;
    assert_eq!((status, &body["ready"]), (503, &false.into()));
    assert_eq!(body["checks"]["generation"]["reason"], "no-generation-yet: nothing has been published");
    for path in ["/warehouse/daily?code=600519.SH", "/warehouse/features?code=600519.SH&date=2026-04-28"] {
        let response = app.get(path).await;
        assert_eq!(response.headers()["retry-after"], "5");
        let problem = crate::app::problem(response).await;
        insta::allow_duplicates! {
            insta::assert_json_snapshot!(problem, @r#"
            {
              "detail": "the warehouse has not published its first generation; data routes answer once it has",
              "status": 503,
              "title": "Nothing is published yet",
              "type": "urn:twilight:problem:no-generation-yet"
            }
            "#);
        }
    }
    market::build(root.path());
    eventually("the first generation is served", async || ready(&app).await.0 == 200).await;
    assert_eq!(app.get("/warehouse/daily?code=600519.SH").await.status(), 200);
    app.stop().await;
}

#[tokio::test]
async fn a_newer_schema_is_named_and_nothing_is_served() {
    let market = Market::new();
    edit_manifest(&market.published(), 1, |manifest| manifest["schema_version"] = json!(999));
    let app = TestApp::over(&market.published()).start().await;
    let (status, body) = ready(&app).await;
    assert_eq!(status, 503);
    let reason = body["checks"]["generation"]["reason"].as_str().unwrap();
    assert!(reason.contains("schema 999") && reason.contains("upgrade"), "{reason}");
    assert_eq!(app.get("/healthz").await.status(), 200);
    assert_eq!(app.problem("/warehouse/daily?code=600519.SH").await["status"], 503);
}

#[tokio::test]
async fn an_unreadable_database_is_named_and_nothing_is_served() {
    let market = Market::new();
    let tail = market.published().join("tail-000001.duckdb");
    let size = fs::metadata(&tail).unwrap().len();
    fs::remove_file(&tail).unwrap();
    fs::write(&tail, vec![0_u8; size as usize]).unwrap();
    let app = TestApp::over(&market.published()).start().await;
    let (status, body) = ready(&app).await;
    assert_eq!(status, 503);
    let reason = body["checks"]["generation"]["reason"].as_str().unwrap();
    assert!(reason.contains("tail-000001.duckdb is damaged"), "{reason}");
}

#[tokio::test]
async fn a_damaged_new_generation_leaves_the_old_one_in_service() {
    let market = Market::new();
    // Damaged while nobody looks, then made current: a quick reader would take it whole otherwise.
    let published = market.published();
    let current = fs::read(published.join("CURRENT")).unwrap();
    let mut writer = market::writer(market.root());
    writer.publish(published_at()).unwrap();
    edit_manifest(&published, 2, |manifest| manifest["schema_version"] = json!(999));
    flip(&published, &current);
    let app = TestApp::over(&published).start().await;
    assert_eq!(app.get("/warehouse/daily?code=600519.SH").await.headers()["x-generation"], "1");

    flip(&published, b"gen-000002.json\n");
    eventually("the refusal is noted", async || ready(&app).await.1["notes"]["newest-generation"].is_string()).await;
    let (status, body) = ready(&app).await;
    assert_eq!((status, &body["ready"]), (200, &true.into()), "{body}");
    assert!(body["notes"]["newest-generation"].as_str().unwrap().contains("schema 999"), "{body}");
    assert_eq!(app.get("/warehouse/daily?code=600519.SH").await.headers()["x-generation"], "1");

    writer.publish(published_at()).unwrap();
    eventually("the next one is served", async || {
        app.get("/warehouse/daily?code=600519.SH").await.headers()["x-generation"] == "3"
    })
    .await;
    eventually("the note is gone", async || ready(&app).await.1["notes"].is_null()).await;
}

#[tokio::test]
async fn a_missing_series_file_makes_answers_slower_and_not_different() {
    let market = Market::new();
    let mut writer = market::writer(market.root());
    writer.compact(published_at()).unwrap();
    writer.publish(published_at()).unwrap();
    let path = "/warehouse/daily?code=600519.SH";
    let mapped = TestApp::over(&market.published()).start().await;
    let expected = mapped.text(path).await;
    mapped.stop().await;
    let is_series = |path: &std::path::PathBuf| path.extension().is_some_and(|extension| extension == "series");
    let files = fs::read_dir(market.published()).unwrap().map(|entry| entry.unwrap().path());
    let removed = files.filter(is_series).inspect(|file| fs::remove_file(file).unwrap()).count();
    assert_eq!(removed, 1);
    let app = TestApp::over(&market.published()).start().await;
    assert_eq!(app.text(path).await, expected);
    assert_eq!(ready(&app).await.0, 200);
}

#[tokio::test]
async fn metrics_name_the_generation_and_count_the_answers() {
    let app = TestApp::start().await;
    app.get("/warehouse/daily?code=600519.SH").await;
    let text = app.request(Method::GET, "/metrics").send().await.unwrap().text().await.unwrap();
    assert!(text.contains("\nwarehouse_generation "), "{text}");
    assert!(text.contains("\nwarehouse_generation_refused "), "{text}");
    assert!(
        text.contains(r#"http_request_seconds_count{method="GET",route="/warehouse/daily",status="2xx"}"#),
        "{text}"
    );
}
