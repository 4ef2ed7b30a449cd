//! `/search` of warehouse-api, through a real gateway.

use system_tests::{
    API_TOKEN,
    search::{SearchSettings, SearchStage},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_api_searches_in_its_callers_names() {
    let stage = SearchStage::new(SearchSettings::default()).await;
    let gateway = stage.gateway().await;
    let api = stage.api(&gateway).await;
    let searcher = stage.searcher(&api.url).with_token(API_TOKEN);
    let sought = searcher.search("宁德时代 产能").await;
    assert_eq!((sought.status, sought.origin()), (200, "fresh"), "{sought:?}");
    assert_eq!(sought.header("x-ratelimit-remaining"), "9");
    assert!(sought.engines().contains("baidu"), "{sought:?}");
    // Whoever asks the gateway from the same address is somebody else.
    let neighbour = stage.searcher(gateway.url()).search("宁德时代 产能").await;
    assert_eq!((neighbour.origin(), neighbour.header("x-ratelimit-remaining")), ("hit", "9"));
    assert_eq!(stage.searcher(&api.url).search("x").await.status, 401);

    for _ in 0..9 {
        assert_eq!(searcher.search("宁德时代 产能").await.status, 200);
    }
    // The wait is longer than this caller has: an honest 429 at once, with the gateway's own word on it.
    let eleventh = searcher.search_with(&[("q", "宁德时代 产能"), ("timeout_ms", "500")]).await;
    assert_eq!((eleventh.status, eleventh.kind()), (429, "search-rate-limited"), "{eleventh:?}");
    let wait: u64 = eleventh.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    api.stop().await;
    gateway.daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gateway_that_is_gone_is_said_so_within_the_callers_time() {
    let stage = SearchStage::new(SearchSettings::default()).await;
    let gateway = stage.gateway().await;
    let api = stage.api(&gateway).await;
    let searcher = stage.searcher(&api.url).with_token(API_TOKEN);
    assert_eq!(searcher.search("first").await.status, 200);
    gateway.daemon.kill();
    let gone = searcher.search_with(&[("q", "first"), ("timeout_ms", "400")]).await;
    assert!(
        matches!((gone.status, gone.kind()), (503, "search-gateway-unreachable") | (504, "search-timeout")),
        "{gone:?}"
    );
    api.stop().await;
}
