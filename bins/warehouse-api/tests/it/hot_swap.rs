//! Generations change under load: no request fails, none goes back in time, none mixes two.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use warehouse_api::openapi::CuratedBody;

use crate::{
    app::{Market, TestApp, eventually},
    market::{self, published_at},
};

const PUBLISHES: usize = 10;

/// Asks until told to stop; returns the number of answers.
async fn client(app: Arc<TestApp>, stop: Arc<AtomicBool>) -> usize {
    let mut last = 0;
    let mut answers = 0;
    while !stop.load(Ordering::Relaxed) {
        let response = app.get("/warehouse/daily?code=600519.SH&end=2026-04-28&adjust=none").await;
        assert_eq!(response.status(), 200);
        let named: u64 = response.headers()["x-generation"].to_str().unwrap().parse().unwrap();
        let etag = response.headers()["etag"].to_str().unwrap().to_owned();
        let body: CuratedBody = response.json().await.unwrap();
        assert_eq!(body.generation, named);
        assert!(etag.starts_with(&format!("W/\"{named}-")), "{etag}");
        assert!(named >= last, "{named} after {last}");
        assert_eq!(body.rows.len(), market::trading_days().len() - 5, "{:?}", body.missing);
        last = named;
        answers += 1;
    }
    answers
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_during_publishes_never_fail_and_generations_only_grow() {
    let market = Market::new();
    let app = Arc::new(TestApp::over(&market.published()).start().await);
    let stop = Arc::new(AtomicBool::new(false));
    let clients: Vec<_> = (0..4).map(|_| tokio::spawn(client(app.clone(), stop.clone()))).collect();

    let mut writer = market::writer(market.root());
    for number in 2..=PUBLISHES as u64 + 1 {
        let published = tokio::task::spawn_blocking(move || {
            writer.publish(published_at()).map(|published| (published.generation, writer))
        });
        let (generation, returned) = published.await.unwrap().unwrap();
        writer = returned;
        assert_eq!(generation, number);
        eventually("the new generation is served", async || {
            let served = app.get("/warehouse/daily?code=000001.SZ").await;
            served.headers()["x-generation"] == number.to_string()
        })
        .await;
    }
    stop.store(true, Ordering::Relaxed);
    for client in clients {
        assert!(client.await.unwrap() >= PUBLISHES, "too few answers to tell anything");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_old_etag_stops_matching_when_a_generation_follows() {
    let market = Market::new();
    let app = TestApp::over(&market.published()).start().await;
    let path = "/warehouse/daily?code=600519.SH";
    let etag = app.get(path).await.headers()["etag"].clone();
    market::writer(market.root()).publish(published_at()).unwrap();
    eventually("the second generation is served", async || app.get(path).await.headers()["x-generation"] == "2").await;
    let again = app.request(reqwest::Method::GET, path).bearer_auth(crate::app::OPERATOR).header("if-none-match", etag);
    assert_eq!(again.send().await.unwrap().status(), 200);
}
