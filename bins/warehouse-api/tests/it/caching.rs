//! ETag, 304, and the headers of a data answer.

use reqwest::{Method, Response};

use crate::app::{OPERATOR, TestApp};

const DAILY: &str = "/warehouse/daily?code=600519.SH&start=2026-03-02&end=2026-03-31";
const FEATURES: &str = "/warehouse/features?code=600519.SH&date=2026-04-28";
const FUNDAMENTALS: &str = "/warehouse/fundamentals?code=600519.SH&period=2025Q3";
const MACRO: &str = "/warehouse/macro";
const SERIES: &str = "/warehouse/macro?series=lpr_1y";
const LOGS: &str = "/quality/logs";
const QUARANTINE: &str = "/quality/quarantine";

async fn ask_again(app: &TestApp, path: &str, etag: &str) -> Response {
    app.request(Method::GET, path).bearer_auth(OPERATOR).header("if-none-match", etag).send().await.unwrap()
}

fn etag(response: &Response) -> String {
    response.headers()["etag"].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_answer_that_still_holds_is_not_sent_again() {
    let app = TestApp::start().await;
    for path in [DAILY, FEATURES, FUNDAMENTALS, MACRO, SERIES, LOGS, QUARANTINE] {
        let tag = etag(&app.get(path).await);
        let again = ask_again(&app, path, &tag).await;
        assert_eq!(again.status(), 304, "{path}");
        assert_eq!(etag(&again), tag);
        assert_eq!(again.headers()["x-generation"], "1");
        assert_eq!(again.headers()["cache-control"], "private, no-cache");
        assert!(again.bytes().await.unwrap().is_empty());
        assert_eq!(ask_again(&app, path, "W/\"0-old\"").await.status(), 200);
    }
}

#[tokio::test]
async fn every_representation_has_a_tag_of_its_own() {
    let app = TestApp::start().await;
    let mut tags = Vec::new();
    for variant in
        ["", "&adjust=hfq", "&adjust=none", "&format=csv", "&format=arrow", "&layer=normalized", "&layer=raw"]
    {
        tags.push(etag(&app.get(&format!("{DAILY}{variant}")).await));
    }
    let count = tags.len();
    tags.sort();
    tags.dedup();
    assert_eq!(tags.len(), count, "{tags:?}");
}

#[tokio::test]
async fn a_tag_does_not_turn_an_error_into_a_304() {
    let app = TestApp::start().await;
    let tag = etag(&app.get(DAILY).await);
    assert_eq!(ask_again(&app, "/warehouse/daily?code=600000.SH", &tag).await.status(), 404);
    assert_eq!(ask_again(&app, "/warehouse/daily?code=600519.SH&layer=x", "*").await.status(), 400);
}

#[tokio::test]
async fn an_answer_says_its_generation_its_age_and_where_its_time_went() {
    let app = TestApp::start().await;
    for path in [DAILY, FEATURES, FUNDAMENTALS, MACRO, SERIES, LOGS, QUARANTINE] {
        let response = app.get(path).await;
        let headers = response.headers();
        assert_eq!(headers["x-generation"], "1");
        assert_eq!(headers["x-generation-age-seconds"], "1800");
        assert_eq!(headers["content-type"], "application/json");
        assert!(headers.contains_key("x-request-id"));
        let timing = headers["server-timing"].to_str().unwrap();
        let durations: Vec<f64> =
            timing.split(", ").map(|entry| entry.split_once(";dur=").unwrap().1.parse().unwrap()).collect();
        assert!(timing.starts_with("read;dur=") && timing.contains("total;dur="), "{timing}");
        assert!(durations[0] <= durations[1], "{timing}");
    }
    app.clock.advance(chrono::TimeDelta::seconds(40));
    assert_eq!(app.get(DAILY).await.headers()["x-generation-age-seconds"], "1840");
}

#[tokio::test]
async fn only_a_large_answer_is_compressed_and_only_for_those_who_can_read_it() {
    let app = TestApp::start().await;
    // The usual client unpacks by itself and hides that it did.
    daemon_kit::http::install_tls_provider();
    let client = reqwest::Client::builder().no_gzip().build().unwrap();
    let ask = async |path: &str, encoding: &str| {
        let request = client.get(format!("http://{}{path}", app.address)).bearer_auth(OPERATOR);
        request.header("accept-encoding", encoding).send().await.unwrap()
    };
    let large = "/warehouse/daily?code=600519.SH&layer=raw";
    let compressed = ask(large, "gzip").await;
    assert_eq!(compressed.headers()["content-encoding"], "gzip");
    let plain = ask(large, "identity").await;
    assert!(!plain.headers().contains_key("content-encoding"));
    assert_eq!(compressed.headers()["etag"], plain.headers()["etag"], "weak: the same content");
    let (compressed, plain) = (compressed.bytes().await.unwrap(), plain.bytes().await.unwrap());
    assert!(compressed.len() * 4 < plain.len(), "{} of {}", compressed.len(), plain.len());
    assert!(!ask(DAILY, "gzip").await.headers().contains_key("content-encoding"));
}
