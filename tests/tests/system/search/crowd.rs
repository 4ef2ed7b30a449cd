//! Many at once.

use std::collections::BTreeMap;

use futures::future::join_all;
use system_tests::{
    eventually,
    search::{SearchSettings, SearchStage},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_identical_searches_at_once_are_one_search_of_searxng() {
    let stage = SearchStage::new(SearchSettings::default()).await;
    let gateway = stage.gateway().await;
    stage.searxng.gate().shut();
    let crowd = stage.crowd(&gateway, 1000);
    let asking = join_all(crowd.iter().map(|searcher| searcher.search("沪深300 成分股 调整")));
    let letting_go = async {
        eventually("everybody has asked", async || {
            let callers = gateway.get("/admin/search").await["callers"].as_u64();
            (callers == Some(1000)).then_some(())
        })
        .await;
        assert_eq!(stage.searxng.calls().under_way(), 1);
        stage.searxng.gate().open();
    };
    let (answers, ()) = tokio::join!(asking, letting_go);
    let mut origins: BTreeMap<&str, usize> = BTreeMap::new();
    for sought in &answers {
        assert_eq!(sought.status, 200, "{sought:?}");
        assert_eq!(sought.body, answers[0].body);
        *origins.entry(sought.origin()).or_default() += 1;
    }
    assert_eq!(stage.searxng.calls().total(), 1, "{origins:?}");
    assert_eq!(origins["fresh"], 1, "{origins:?}");
    gateway.daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_who_hangs_up_takes_nobody_with_him() {
    let stage = SearchStage::new(SearchSettings::default()).await;
    let gateway = stage.gateway().await;
    stage.searxng.gate().shut();
    let [first, second] = stage.crowd(&gateway, 2).try_into().ok().unwrap();
    let impatient = tokio::spawn(async move { first.search("a long story").await });
    eventually("the first one's search is under way", async || (stage.searxng.calls().under_way() == 1).then_some(()))
        .await;
    let patient = tokio::spawn(async move { second.search("a long story").await });
    eventually("both have asked", async || (gateway.get("/admin/search").await["callers"] == 2).then_some(())).await;
    impatient.abort();
    assert!(impatient.await.unwrap_err().is_cancelled());
    stage.searxng.gate().open();
    let sought = patient.await.unwrap();
    assert_eq!((sought.status, stage.searxng.calls().total()), (200, 1), "{sought:?}");
    gateway.daemon.stop().await;
}
