//! Redis and SearXNG away in the middle of it, and engines that fail.

use futures::future::join_all;
use system_tests::{
    eventually,
    search::{SearchSettings, SearchStage},
};
use upstream_simulators::EngineFailure;

/// Answers are old at once, so that every search wants a new one.
fn nothing_stays_fresh() -> SearchSettings {
    let fresh = "[gateway-proxy.search.fresh_s]\nlonger = 0\nincomplete = 0\n";
    SearchSettings { search: "per_minute = 1000".to_owned(), more: fresh.to_owned() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cache_that_dies_amid_a_load_is_noticed_by_nobody() {
    let settings = SearchSettings { search: "per_minute = 1000".to_owned(), ..SearchSettings::default() };
    let mut stage = SearchStage::new(settings).await;
    let gateway = stage.gateway().await;
    let crowd = stage.crowd(&gateway, 20);
    assert_eq!(crowd[0].search("question 0").await.status, 200);
    let loads = crowd.into_iter().enumerate().map(|(number, searcher)| {
        tokio::spawn(async move {
            let mut statuses = Vec::new();
            for turn in 0..40 {
                statuses.push(searcher.search(&format!("question {}", (number + turn) % 25)).await.status);
            }
            statuses
        })
    });
    let loads: Vec<_> = loads.collect();
    eventually("the load is on", async || (stage.searxng.calls().total() >= 10).then_some(())).await;
    stage.cache.kill().unwrap();
    for load in loads {
        let statuses = load.await.unwrap();
        assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");
    }
    let searcher = stage.searcher(gateway.url()).from("10.9.9.9");
    assert_eq!(searcher.search("asked without a cache").await.origin(), "fresh");
    assert_eq!(searcher.search("asked without a cache").await.origin(), "fresh", "slower, and it is said");
    eventually("it is said", async || (gateway.get("/admin/search").await["cache"] == "away").then_some(())).await;
    let ready = gateway.get("/readyz").await;
    assert!(ready["notes"]["search"].as_str().is_some_and(|note| note.contains("cache")), "{ready}");

    stage.cache.start_again().await.unwrap();
    eventually("the cache serves again", async || {
        (searcher.search("asked once more").await.origin() == "hit").then_some(())
    })
    .await;
    assert_eq!(gateway.get("/admin/search").await["cache"], "up");
    gateway.daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_searxng_that_is_away_leaves_stale_answers_and_clear_errors_until_it_is_back() {
    let stage = SearchStage::new(nothing_stays_fresh()).await;
    let gateway = stage.gateway().await;
    let searcher = stage.with_token(&gateway, "research-bot").await;
    let before = searcher.search("央行 降准").await;
    assert_eq!((before.status, before.origin()), (200, "fresh"));
    eventually("the answer is kept", async || (stage_keys(&stage).await > 0).then_some(())).await;
    stage.searxng.go_down().await;

    let known = searcher.search("央行 降准").await;
    assert_eq!((known.status, known.origin(), &known.body["stale"]), (200, "stale", &true.into()), "{known:?}");
    assert!(known.body["as_of"].is_string(), "{known:?}");
    assert_eq!(known.urls(), before.urls());
    let unknown = searcher.search("never asked before").await;
    assert_eq!((unknown.status, unknown.kind()), (503, "search-unreachable"), "{unknown:?}");
    assert_eq!(unknown.header("content-type"), "application/problem+json");
    assert!(!unknown.header("retry-after").is_empty());

    stage.searxng.come_back().await.unwrap();
    eventually("searches go on", async || {
        let (known, unknown) = (searcher.search("央行 降准").await, searcher.search("never asked before").await);
        (known.origin() == "fresh" && unknown.status == 200).then_some(())
    })
    .await;
    gateway.daemon.stop().await;
}

async fn stage_keys(stage: &SearchStage) -> usize {
    let client = redis::Client::open(stage.cache.url()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    redis::cmd("DBSIZE").query_async(&mut connection).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_engine_failed_is_an_error_with_their_reasons_and_never_an_empty_answer() {
    let stage = SearchStage::new(SearchSettings::default()).await;
    let gateway = stage.gateway().await;
    let searcher = stage.with_token(&gateway, "research-bot").await;
    stage.searxng.faults().engine_always_fails("", EngineFailure::Captcha);
    let failed = searcher.search("a question to everybody").await;
    assert_eq!((failed.status, failed.kind()), (502, "search-engines-failed"), "{failed:?}");
    let engines = failed.body["engines"].as_array().unwrap();
    assert!(engines.iter().any(|engine| engine["engine"] == "google" && engine["reason"] == "CAPTCHA"), "{failed:?}");
    let state = gateway.get("/admin/search").await;
    let resting: Vec<_> = state["engines"].as_array().unwrap().iter().filter(|one| one["state"] == "rests").collect();
    assert!(!resting.is_empty(), "{state}");
    assert!(gateway.daemon.says("search failed after"), "{}", gateway.daemon.log());
    gateway.daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_engine_that_shows_a_captcha_is_left_alone_and_the_others_answer() {
    let stage = SearchStage::new(SearchSettings::default()).await;
    let gateway = stage.gateway().await;
    stage.searxng.faults().engine_always_fails("baidu", EngineFailure::Captcha);
    let crowd = stage.crowd(&gateway, 12);
    let first = crowd[0].search("上证指数 0").await;
    assert_eq!(first.status, 200, "{first:?}");
    let rest = join_all(
        crowd
            .iter()
            .enumerate()
            .skip(1)
            .map(|(number, searcher)| async move { searcher.search(&format!("上证指数 {number}")).await }),
    )
    .await;
    assert!(rest.iter().all(|sought| sought.status == 200 && sought.engines().contains("sogou")), "{rest:?}");
    assert_eq!(stage.searxng.calls().of_engine("baidu"), 1, "the front does not name it again");
    gateway.daemon.stop().await;
}
