//! The tests that the specification names.

use futures::future::join_all;
use system_tests::search::{SearchSettings, SearchStage};

/// A search has the results that the engines have, in SearXNG's own JSON; the Chinese engines are asked for Chinese.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn test_searxng_search_returns_results() {
    let stage = SearchStage::new(SearchSettings::default()).await;
    let gateway = stage.gateway().await;
    let searcher = stage.with_token(&gateway, "research-bot").await;
    let sought = searcher.search("federal reserve rate decision").await;
    assert_eq!((sought.status, sought.origin()), (200, "fresh"), "{sought:?}");
    assert_eq!(sought.header("content-type"), "application/json");
    assert_eq!(sought.body["query"], "federal reserve rate decision");
    assert!(sought.results().len() >= 5, "{sought:?}");
    for result in sought.results() {
        for member in ["url", "title", "content", "engine", "engines", "positions", "score", "category"] {
            assert!(!result[member].is_null(), "{member}: {result}");
        }
    }
    let found = sought.places();
    for engine in ["google", "duckduckgo", "brave", "yep"] {
        let truth = stage.places(engine, "federal reserve rate decision");
        assert!(!truth.is_empty() && truth.is_subset(&found), "{engine}: {truth:?} in {found:?}");
    }
    let call = stage.searxng.calls().last().unwrap();
    assert_eq!((call.method.as_str(), call.target.as_str()), ("POST", "/search"), "addresses get into logs");
    for engine in ["google", "duckduckgo", "brave", "yep"] {
        assert!(call.asked.iter().any(|asked| asked == engine), "{engine}: {call:?}");
    }
    gateway.daemon.stop().await;
}

/// A Chinese query is answered by Baidu, Sogou and 360, merged: what several found stands once, with all of them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn test_searxng_chinese_quality() {
    const QUERY: &str = "贵州茅台 三季度 业绩";
    let stage = SearchStage::new(SearchSettings::default()).await;
    let gateway = stage.gateway().await;
    let searcher = stage.with_token(&gateway, "research-bot").await;
    let sought = searcher.search(QUERY).await;
    assert_eq!(sought.status, 200, "{sought:?}");
    assert_eq!(sought.body["query"], QUERY);
    let engines = sought.engines();
    for engine in ["baidu", "sogou", "360search"] {
        assert!(engines.contains(engine), "{engine} has no part: {engines:?}");
        let truth = stage.places(engine, QUERY);
        assert!(truth.len() >= 3 && truth.is_subset(&sought.places()), "{engine}: {truth:?} in {:?}", sought.places());
    }
    assert_eq!(sought.places().len(), sought.results().len(), "nothing stands twice: {:?}", sought.urls());
    let shared = sought.results().iter().filter(|result| result["engines"].as_array().map_or(0, Vec::len) > 1).count();
    assert!(shared >= 1, "some pages were found by several engines");
    let call = stage.searxng.calls().last().unwrap();
    assert!(!call.asked.iter().any(|asked| asked == "google"), "{call:?}");
    gateway.daemon.stop().await;
}

/// What was asked before is answered without SearXNG: the same, and in other words for the same; after a restart too.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn test_searxng_cache_hit() {
    let stage = SearchStage::new(SearchSettings::default()).await;
    let gateway = stage.gateway().await;
    let searcher = stage.with_token(&gateway, "research-bot").await;
    let first = searcher.search("贵州茅台 公告").await;
    assert_eq!((first.status, first.origin()), (200, "fresh"));
    assert_eq!(stage.searxng.calls().total(), 1);
    let again = searcher.search("贵州茅台 公告").await;
    assert_eq!((again.status, again.origin()), (200, "hit"));
    assert_eq!(again.body, first.body);
    let spaced = searcher.search_with(&[("q", " 贵州茅台   公告 "), ("pageno", "1")]).await;
    assert_eq!((spaced.origin(), spaced.urls()), ("hit", first.urls()));
    let other = stage.with_token(&gateway, "another-bot").await;
    assert_eq!(other.search("贵州茅台 公告").await.origin(), "hit", "the cache is everybody's");
    assert_eq!(stage.searxng.calls().total(), 1);
    let page = searcher.search_with(&[("q", "贵州茅台 公告"), ("pageno", "2")]).await;
    assert_eq!((page.origin(), stage.searxng.calls().total()), ("fresh", 2), "another page is another search");
    gateway.daemon.stop().await;

    let gateway = stage.gateway().await;
    assert_eq!(searcher.at(gateway.url()).search("贵州茅台 公告").await.origin(), "hit");
    assert_eq!(stage.searxng.calls().total(), 2);
    gateway.daemon.stop().await;
}

/// Ten searches a minute of each caller, cached ones included; the eleventh is a 429 that says when. Of fifty at once
/// exactly ten are let through.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn test_searxng_rate_limit() {
    let stage = SearchStage::new(SearchSettings::default()).await;
    let gateway = stage.gateway().await;
    let searcher = stage.with_token(&gateway, "research-bot").await;
    for left in (0..10).rev() {
        let sought = searcher.search("hit most of the time").await;
        assert_eq!((sought.status, sought.header("x-ratelimit-remaining")), (200, left.to_string().as_str()));
    }
    let eleventh = searcher.search("hit most of the time").await;
    assert_eq!((eleventh.status, eleventh.kind()), (429, "search-rate-limited"), "{eleventh:?}");
    assert_eq!(eleventh.header("content-type"), "application/problem+json");
    let wait: u64 = eleventh.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    assert_eq!((eleventh.header("x-ratelimit-limit"), eleventh.header("x-ratelimit-remaining")), ("10", "0"));

    // Another token is another caller, and so is every address.
    assert_eq!(stage.with_token(&gateway, "another-bot").await.search("x").await.status, 200);
    let [one, other] = stage.crowd(&gateway, 2).try_into().ok().unwrap();
    let status = async |searcher: &system_tests::search::Searcher| searcher.search("by address").await.status;
    for _ in 0..10 {
        assert_eq!(status(&one).await, 200);
    }
    assert_eq!((status(&one).await, status(&other).await), (429, 200));

    let crowd = stage.with_token(&gateway, "in-a-hurry").await;
    let answers = join_all((0..50).map(|_| crowd.search("all at once"))).await;
    let let_through = answers.iter().filter(|sought| sought.status == 200).count();
    let refused = answers.iter().filter(|sought| sought.status == 429).count();
    assert_eq!((let_through, refused), (10, 40));
    gateway.daemon.stop().await;
}
