//! What the cache keeps, for how long, and for whom.

use chrono::TimeDelta;
use upstream_simulators::{EngineFailure, SearxngFault};
use web_search::{CacheKey, Origin, SearchQuery};

use crate::support::{Stage, json, query, redis_command};

#[tokio::test]
async fn an_answer_is_fresh_for_as_long_as_its_time_range_says() {
    let stage = Stage::new().await;
    for (range, minutes) in [("day", 10), ("week", 60), ("month", 6 * 60), ("year", 24 * 60), ("", 24 * 60)] {
        let query = query(&[("q", "moutai"), ("time_range", range)]);
        let origin = async || stage.search.search(&query).await.unwrap().origin;
        assert_eq!(origin().await, Origin::Fresh, "{range}");
        stage.advance(TimeDelta::minutes(minutes) - TimeDelta::seconds(1));
        assert_eq!(origin().await, Origin::Cache, "{range}");
        stage.advance(TimeDelta::seconds(1));
        assert_eq!(origin().await, Origin::Fresh, "{range}");
    }
}

#[tokio::test]
async fn an_answer_without_one_of_its_engines_is_fresh_for_ten_minutes() {
    let stage = Stage::new().await;
    stage.searxng.faults().engine_fails(1, "google", EngineFailure::Crash);
    let found = stage.find("moutai").await.unwrap();
    assert_eq!(found.engines.failed, [("google".to_owned(), "unexpected crash".to_owned())]);
    stage.advance(TimeDelta::seconds(599));
    let kept = stage.find("moutai").await.unwrap();
    assert_eq!((kept.origin, kept.engines), (Origin::Cache, found.engines));
    stage.advance(TimeDelta::seconds(1));
    assert_eq!(stage.origin("moutai").await, Origin::Fresh);
}

#[tokio::test]
async fn an_honest_nothing_is_an_answer_and_soon_asked_for_again() {
    let stage = Stage::new().await;
    stage.searxng.faults().always(SearxngFault::Nothing);
    let found = stage.find("qwxyz").await.unwrap();
    assert_eq!(json(&found)["results"].as_array().unwrap().len(), 0);
    assert_eq!(stage.calls(), 2, "the other engines have a say as well");
    stage.advance(TimeDelta::seconds(599));
    assert_eq!(stage.origin("qwxyz").await, Origin::Cache);
    stage.advance(TimeDelta::seconds(1));
    assert_eq!(stage.origin("qwxyz").await, Origin::Fresh);
}

#[tokio::test]
async fn a_further_page_that_is_empty_is_the_end_and_nobody_else_is_asked() {
    let stage = Stage::new().await;
    stage.searxng.faults().always(SearxngFault::Nothing);
    let second = query(&[("q", "qwxyz"), ("pageno", "7")]);
    assert_eq!(stage.search.search(&second).await.unwrap().origin, Origin::Fresh);
    assert_eq!(stage.calls(), 1);
}

#[tokio::test]
async fn every_caller_gets_his_own_words_back() {
    let stage = Stage::new().await;
    let given = ["moutai  report", " moutai report\n", "moutai\u{3000}report"];
    for (index, q) in given.into_iter().enumerate() {
        let found = stage.find(q).await.unwrap();
        assert_eq!(found.origin, if index == 0 { Origin::Fresh } else { Origin::Cache });
        assert_eq!(json(&found)["query"], q);
    }
    assert_eq!(stage.searxng.calls().queries(), ["moutai report"]);
}

#[tokio::test]
async fn searches_that_differ_in_anything_do_not_share_an_answer() {
    let stage = Stage::new().await;
    let others: [&[(&str, &str)]; 8] = [
        &[("q", "moutai")],
        &[("q", "Moutai")],
        &[("q", "moutai"), ("pageno", "2")],
        &[("q", "moutai"), ("language", "zh-CN")],
        &[("q", "moutai"), ("categories", "news")],
        &[("q", "moutai"), ("engines", "google")],
        &[("q", "moutai"), ("time_range", "day")],
        &[("q", "moutai"), ("safesearch", "2")],
    ];
    for pairs in others {
        assert_eq!(stage.search.search(&query(pairs)).await.unwrap().origin, Origin::Fresh, "{pairs:?}");
    }
    for pairs in others {
        assert_eq!(stage.search.search(&query(pairs)).await.unwrap().origin, Origin::Cache, "{pairs:?}");
    }
}

#[tokio::test]
async fn the_cache_outlives_the_process_and_belongs_to_its_key() {
    let stage = Stage::new().await;
    stage.find("moutai").await.unwrap();
    let query = SearchQuery::new("moutai").unwrap();
    assert_eq!(stage.restarted().search(&query).await.unwrap().origin, Origin::Cache);
    let strangers = Stage::with(|options| {
        let cache = options.cache.as_mut().unwrap();
        (cache.redis, cache.key) = (stage.redis.as_ref().unwrap().url(), CacheKey::new([1; 32]));
    });
    assert_eq!(strangers.await.origin("moutai").await, Origin::Fresh);
}

#[tokio::test]
async fn a_value_that_somebody_damaged_is_none_and_is_replaced() {
    let stage = Stage::new().await;
    stage.find("moutai").await.unwrap();
    let redis = stage.redis.as_ref().unwrap();
    let keys: Vec<String> = redis_command(redis, &["KEYS", "*"]).await;
    assert_eq!(keys.len(), 1);
    for damage in [vec!["SETRANGE", &keys[0], "30", "xx"], vec!["SET", &keys[0], ""], vec!["SET", &keys[0], "{}"]] {
        redis_command::<redis::Value>(redis, &damage).await;
        assert_eq!(stage.origin("moutai").await, Origin::Fresh, "{damage:?}");
        assert_eq!(stage.origin("moutai").await, Origin::Cache, "{damage:?}");
    }
    let list = ["EVAL", "redis.call('DEL', KEYS[1]) return redis.call('RPUSH', KEYS[1], 'x')", "1", &keys[0]];
    redis_command::<redis::Value>(redis, &list).await;
    assert_eq!(stage.origin("moutai").await, Origin::Fresh, "a value of another type");
    assert_eq!(stage.origin("moutai").await, Origin::Cache);
}

#[tokio::test]
async fn redis_forgets_an_answer_when_it_is_too_old_to_be_of_any_use() {
    let stage = Stage::new().await;
    stage.search.search(&query(&[("q", "moutai"), ("time_range", "week")])).await.unwrap();
    let redis = stage.redis.as_ref().unwrap();
    let keys: Vec<String> = redis_command(redis, &["KEYS", "*"]).await;
    let seconds: i64 = redis_command(redis, &["TTL", &keys[0]]).await;
    let expected = 3_600 + 7 * 86_400;
    assert!((expected - 60..=expected).contains(&seconds), "{seconds}");
}

#[tokio::test]
async fn a_clock_that_was_set_back_does_not_make_an_answer_fresh_for_ever() {
    let stage = Stage::new().await;
    stage.find("moutai").await.unwrap();
    stage.advance(TimeDelta::days(-30));
    assert_eq!(stage.origin("moutai").await, Origin::Fresh);
}

#[tokio::test]
async fn without_a_cache_in_the_settings_every_search_is_asked() {
    let stage = Stage::without_redis(|_| {}).await;
    assert_eq!([stage.origin("a b").await, stage.origin("a b").await], [Origin::Fresh; 2]);
    assert_eq!(stage.search.cache_is_up(), None);
}
