//! The tests that the specification names.

use std::collections::BTreeSet;

use tokio::time::Instant;
use web_search::{CallerKey, Limiter, Origin};

use crate::support::{CHINESE, Stage, json};

#[tokio::test]
async fn test_searxng_search_returns_results() {
    let stage = Stage::new().await;
    let found = stage.find("Kweichow Moutai revenue").await.unwrap();
    let body = json(&found);
    assert_eq!((found.origin, found.as_of), (Origin::Fresh, stage.now()));
    assert_eq!(body["query"], "Kweichow Moutai revenue");
    let results = body["results"].as_array().unwrap();
    assert!(results.len() >= 8, "{}", results.len());
    for result in results {
        assert!(["url", "title", "content", "engine"].iter().all(|name| result[name].is_string()), "{result}");
    }
    assert_eq!(found.engines.failed, []);
}

#[tokio::test]
async fn test_searxng_chinese_quality() {
    let stage = Stage::new().await;
    let q = "贵州茅台 三季报";
    let found = stage.find(q).await.unwrap();
    assert_eq!(stage.named(), CHINESE, "Chinese engines are preferred");
    let body = json(&found);
    let results = body["results"].as_array().unwrap();
    let engines_of = |result: &serde_json::Value| -> BTreeSet<String> {
        result["engines"].as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect()
    };
    // Everything that Baidu, Sogou and 360 have is there, and what several have is there once, with all their names.
    for engine in ["baidu", "sogou", "360search"] {
        for page in stage.searxng.pages(engine, q) {
            let address = page.url.split_once("://").unwrap().1;
            let same: Vec<_> =
                results.iter().filter(|result| result["url"].as_str().unwrap().ends_with(address)).collect();
            assert_eq!(same.len(), 1, "{address}");
            assert!(engines_of(same[0]).contains(engine), "{address} {engine}");
        }
        assert!(found.engines.answered.contains(&engine.to_owned()));
    }
    let three = ["baidu", "sogou", "360search"].map(str::to_owned);
    assert!(results.iter().any(|result| three.iter().all(|engine| engines_of(result).contains(engine))));
}

#[tokio::test]
async fn test_searxng_cache_hit() {
    let stage = Stage::new().await;
    let first = stage.find("moutai").await.unwrap();
    let second = stage.find("moutai").await.unwrap();
    assert_eq!((first.origin, second.origin), (Origin::Fresh, Origin::Cache));
    assert_eq!(stage.calls(), 1, "no upstream call");
    assert_eq!((first.body, first.as_of, first.engines), (second.body, second.as_of, second.engines));
}

#[tokio::test]
async fn test_searxng_rate_limit() {
    let (limiter, caller, now) = (Limiter::new(10, 1_000), CallerKey::token("alice", "t1"), Instant::now());
    for left in (0..10).rev() {
        assert_eq!(limiter.admit(&caller, now).unwrap().left, left);
    }
    assert_eq!(limiter.admit(&caller, now).unwrap_err().retry_after.as_secs(), 60);
    assert!(limiter.admit(&CallerKey::token("alice", "t2"), now).is_ok(), "another caller has his own");
}
