//! Many who ask the same at once.

use upstream_simulators::SearxngFault;
use web_search::{Origin, SearchFailed, SearchQuery};

use crate::support::{Stage, at_once, eventually, json, query};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_thousand_identical_searches_at_once_are_one_call() {
    let stage = Stage::new().await;
    let mut origins = Vec::new();
    for search in at_once(&stage.search, 1_000, &SearchQuery::new("贵州茅台").unwrap()) {
        origins.push(search.await.unwrap().unwrap().origin);
    }
    assert_eq!(stage.calls(), 1);
    assert_eq!(origins.iter().filter(|origin| **origin == Origin::Fresh).count(), 1);
}

// On one thread all of them have begun before SearXNG can be asked.
#[tokio::test]
async fn a_thousand_identical_searches_at_once_are_one_call_without_a_cache_as_well() {
    let stage = Stage::without_redis(|_| {}).await;
    let mut origins = Vec::new();
    for search in at_once(&stage.search, 1_000, &SearchQuery::new("贵州茅台").unwrap()) {
        origins.push(search.await.unwrap().unwrap().origin);
    }
    assert_eq!(stage.calls(), 1);
    assert_eq!(origins.iter().filter(|origin| **origin == Origin::Coalesced).count(), 999);
}

#[tokio::test]
async fn those_who_wait_each_get_their_own_words_back() {
    let stage = Stage::new().await;
    stage.searxng.gate().shut();
    let words = ["a b", " a  b", "a\tb "];
    let searches = words.map(|q| at_once(&stage.search, 1, &SearchQuery::new(q).unwrap()).remove(0));
    eventually("SearXNG is asked", async || stage.calls() > 0).await;
    stage.searxng.gate().open();
    for (q, search) in words.into_iter().zip(searches) {
        assert_eq!(json(&search.await.unwrap().unwrap())["query"], q);
    }
    assert_eq!(stage.calls(), 1);
}

#[tokio::test]
async fn when_the_first_one_hangs_up_the_others_get_their_answer_and_the_cache_keeps_it() {
    let stage = Stage::new().await;
    stage.searxng.gate().shut();
    let query = SearchQuery::new("moutai").unwrap();
    let first = at_once(&stage.search, 1, &query).remove(0);
    eventually("SearXNG is asked", async || stage.searxng.calls().under_way() == 1).await;
    let second = at_once(&stage.search, 1, &query).remove(0);
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    stage.searxng.gate().open();
    assert_eq!(second.await.unwrap().unwrap().origin, Origin::Coalesced);
    assert_eq!(stage.calls(), 1);
}

#[tokio::test]
async fn an_answer_for_which_nobody_waits_any_more_is_kept() {
    let stage = Stage::new().await;
    stage.searxng.gate().shut();
    let only = at_once(&stage.search, 1, &SearchQuery::new("moutai").unwrap()).remove(0);
    eventually("SearXNG is asked", async || stage.searxng.calls().under_way() == 1).await;
    only.abort();
    assert!(only.await.unwrap_err().is_cancelled());
    stage.searxng.gate().open();
    let keys = async || -> usize { crate::support::redis_command(stage.redis.as_ref().unwrap(), &["DBSIZE"]).await };
    eventually("the answer is kept", async || keys().await == 1).await;
    assert_eq!(stage.origin("moutai").await, Origin::Cache);
    assert_eq!(stage.calls(), 1);
}

#[tokio::test]
async fn a_failure_is_shared_as_well_and_the_next_search_asks_again() {
    let stage = Stage::without_redis(|_| {}).await;
    stage.searxng.faults().next(1, SearxngFault::SearchError);
    for search in at_once(&stage.search, 50, &SearchQuery::new("moutai").unwrap()) {
        assert!(matches!(search.await.unwrap(), Err(SearchFailed::Upstream { status: 500, .. })));
    }
    assert_eq!(stage.calls(), 1);
    assert_eq!(stage.origin("moutai").await, Origin::Fresh);
}

#[tokio::test]
async fn different_searches_do_not_wait_for_each_other() {
    let stage = Stage::new().await;
    stage.searxng.gate().shut();
    let mut searches = Vec::new();
    for page in 1..=40 {
        let page = query(&[("q", "moutai"), ("pageno", &page.to_string())]);
        searches.extend(at_once(&stage.search, 2, &page));
    }
    eventually("all of them are under way", async || stage.searxng.calls().under_way() == 40).await;
    stage.searxng.gate().open();
    for search in searches {
        search.await.unwrap().unwrap();
    }
    assert_eq!(stage.calls(), 40);
}

#[tokio::test]
async fn one_search_too_many_is_refused_at_once_and_those_that_can_be_answered_are_not() {
    let stage = Stage::with(|options| options.max_flights = 2).await;
    stage.find("known").await.unwrap();
    stage.searxng.gate().shut();
    let mut searches = Vec::new();
    for q in ["a", "b"] {
        searches.extend(at_once(&stage.search, 1, &SearchQuery::new(q).unwrap()));
    }
    eventually("two are under way", async || stage.searxng.calls().under_way() == 2).await;
    assert_eq!(stage.find("c").await.unwrap_err(), SearchFailed::Busy);
    assert_eq!(stage.origin("known").await, Origin::Cache);
    searches.extend(at_once(&stage.search, 10, &SearchQuery::new("a").unwrap()));
    stage.advance(chrono::TimeDelta::days(2));
    assert_eq!(stage.origin("known").await, Origin::Stale, "better than a refusal");
    stage.searxng.gate().open();
    for search in searches {
        search.await.unwrap().unwrap();
    }
    assert_eq!(stage.origin("c").await, Origin::Fresh);
}
