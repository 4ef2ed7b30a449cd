//! How it refuses, and how it fails as a whole.

use serde_json::{Value, json};
use upstream_simulators::{SearxngFault, SearxngOptions};

use crate::harness::Asker;

#[tokio::test]
async fn a_wrong_parameter_is_400_with_searxngs_words() {
    let asker = Asker::new().await;
    for (fields, error) in [
        ("", "No query"),
        ("q=", "No query"),
        ("q=a&pageno=0", "Invalid value 0 for parameter pageno"),
        ("q=a&pageno=x", "Invalid value x for parameter pageno"),
        ("q=a&time_range=hour", "Invalid value hour for parameter time_range"),
        ("q=a&safesearch=3", "Invalid value 3 for parameter safesearch"),
        ("q=a&language=chinese", "Invalid value chinese for parameter language"),
        ("q=a&timeout_limit=x", "Invalid value x for parameter timeout_limit"),
    ] {
        assert_eq!(asker.search(fields).await, (400, json!({"error": error})), "{fields}");
    }
    for fine in
        ["q=a&time_range=", "q=a&language=auto", "q=a&language=all", "q=a&language=zh-CN", "q=a&timeout_limit=1.5"]
    {
        assert_eq!(asker.search(fine).await.0, 200, "{fine}");
    }
}

#[tokio::test]
async fn without_json_among_the_formats_it_is_403() {
    let asker = Asker::with(SearxngOptions::out_of_the_box()).await;
    assert_eq!(asker.search("q=a").await, (403, Value::Null));
    assert!(asker.get("/search?q=a").await.text().await.unwrap().contains("<title>SearXNG"), "HTML is its default");
}

#[tokio::test]
async fn its_own_limiter_lets_a_few_through() {
    let asker = Asker::with(SearxngOptions { limiter: Some(4), ..SearxngOptions::default() }).await;
    let mut statuses = Vec::new();
    for _ in 0..6 {
        statuses.push(asker.search("q=a").await.0);
    }
    assert_eq!(statuses, [200, 200, 200, 200, 429, 429]);
}

#[tokio::test]
async fn every_fault_looks_as_it_should() {
    let asker = Asker::new().await;
    let faults = asker.server.faults();
    for (fault, status, content_type) in [
        (SearxngFault::TooManyRequests(Some(7)), 429, ""),
        (SearxngFault::SearchError, 500, "application/json"),
        (SearxngFault::BadRequest("no".to_owned()), 400, "application/json"),
        (SearxngFault::HtmlBadGateway, 502, "text/html"),
        (SearxngFault::HtmlOk, 200, "text/html"),
        (SearxngFault::Redirect, 302, ""),
        (SearxngFault::Malformed, 200, "application/json"),
        (SearxngFault::NotUtf8, 200, "application/json"),
        (SearxngFault::NotAnObject, 200, "application/json"),
    ] {
        faults.next(1, fault.clone());
        let response = asker.get("/search?format=json&q=a").await;
        assert_eq!(response.status().as_u16(), status, "{fault:?}");
        let header = response.headers().get("content-type").map_or("", |value| value.to_str().unwrap());
        assert_eq!(header, content_type, "{fault:?}");
        if status == 429 {
            assert_eq!(response.headers()["retry-after"], "7");
        }
        let body = response.bytes().await.unwrap();
        let is_object = serde_json::from_slice::<Value>(&body).is_ok_and(|body| body.is_object());
        assert_eq!(is_object, [400, 500].contains(&status), "{fault:?}");
        assert_eq!(std::str::from_utf8(&body).is_err(), fault == SearxngFault::NotUtf8);
    }
    faults.next(1, SearxngFault::Hangup);
    assert!(asker.http.get(format!("{}/search?format=json&q=a", asker.server.url)).send().await.is_err());
    faults.next(1, SearxngFault::CutBody);
    assert!(asker.get("/search?format=json&q=a").await.bytes().await.is_err());
    faults.next(1, SearxngFault::Nothing);
    assert_eq!(asker.search("q=a").await.1["results"], json!([]));
    faults.next(1, SearxngFault::Huge(50_000));
    assert_eq!(asker.search("q=a").await.1["results"][0]["content"].as_str().map(str::len), Some(50_000));
    faults.next(1, SearxngFault::NoResultsField);
    assert!(asker.search("q=a").await.1.get("results").is_none());
    faults.next(1, SearxngFault::ResultsNotAList);
    assert!(asker.search("q=a").await.1["results"].is_string());
}
