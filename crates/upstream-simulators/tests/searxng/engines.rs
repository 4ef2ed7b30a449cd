//! Which engines are asked, and how they fail.

use std::time::Duration;

use chrono::TimeDelta;
use serde_json::json;
use tokio::time::Instant;
use upstream_simulators::{EngineFailure, SearxngFault, SearxngFaultRule, SearxngOptions};

use crate::harness::Asker;

#[tokio::test]
async fn engines_are_those_that_are_named_or_those_of_the_categories() {
    let asker = Asker::new().await;
    let general = ["baidu", "sogou", "360search", "bing", "google", "duckduckgo", "brave", "yep"];
    let news_too = [&general[..], &["bing news"]].concat();
    for (fields, expected) in [
        ("q=a", &general[..]),
        ("q=a&engines=google,%20mojeek", &["google", "mojeek"]),
        ("q=a&engines=altavista", &general),
        ("q=a&engines=altavista,bing", &["bing"]),
        ("q=a&categories=news", &["bing news"]),
        ("q=a&categories=nonsense", &general),
        ("q=a&categories=general,news", &news_too),
        ("q=a&categories=news&engines=baidu", &["baidu", "bing news"]),
        ("q=!bd%20a&engines=google", &["baidu"]),
        ("q=!google%20a", &["google"]),
        ("q=a&pageno=2", &["baidu", "sogou", "360search", "google", "duckduckgo", "brave"]),
        ("q=a&time_range=week&engines=bing,baidu", &["baidu"]),
    ] {
        assert_eq!(asker.search(fields).await.0, 200);
        assert_eq!(asker.asked(), expected, "{fields}");
    }
    let (_, body) = asker.search("q=!bd%20a").await;
    assert_eq!(body["query"], "a", "the bang is gone");
}

#[tokio::test]
async fn an_answer_is_200_though_every_engine_failed() {
    let asker = Asker::new().await;
    asker.server.faults().engine_fails(2, "", EngineFailure::Crash);
    let (status, body) = asker.search("q=a&engines=google,brave").await;
    assert_eq!((status, &body["results"]), (200, &json!([])));
    assert_eq!(body["unresponsive_engines"], json!([["brave", "unexpected crash"], ["google", "unexpected crash"]]));
    assert_eq!(asker.search("q=a&engines=google,brave").await.1["unresponsive_engines"], json!([]));
}

#[tokio::test]
async fn a_failure_that_suspends_is_told_until_its_time_is_over_and_nobody_is_asked() {
    for (failure, reason, seconds) in [
        (EngineFailure::Captcha, "CAPTCHA", 3_600),
        (EngineFailure::TooManyRequests, "too many requests", 180),
        (EngineFailure::AccessDenied, "access denied", 180),
        (EngineFailure::Timeout, "timeout", 5),
        (EngineFailure::ConnectionError, "HTTP connection error", 5),
    ] {
        let asker = Asker::new().await;
        asker.server.faults().engine_fails(1, "baidu", failure);
        assert_eq!(asker.search("q=a&engines=baidu").await.1["unresponsive_engines"], json!([["baidu", reason]]));
        asker.clock.advance(TimeDelta::seconds(seconds));
        let suspended = json!([["baidu", format!("Suspended: {reason}")]]);
        assert_eq!(asker.search("q=a&engines=baidu").await.1["unresponsive_engines"], suspended);
        assert!(asker.asked().is_empty());
        asker.clock.advance(TimeDelta::milliseconds(1));
        assert_eq!(asker.search("q=a&engines=baidu").await.1["unresponsive_engines"], json!([]));
        assert_eq!(asker.server.calls().of_engine("baidu"), 2);
    }
}

#[tokio::test]
async fn an_engine_that_hides_its_block_has_nothing_and_no_complaint() {
    let asker = Asker::new().await;
    asker.server.faults().engine_always_fails("baidu", EngineFailure::SoftBlock);
    let (_, body) = asker.search("q=a&engines=baidu").await;
    assert_eq!((&body["results"], &body["unresponsive_engines"]), (&json!([]), &json!([])));
}

#[tokio::test]
async fn the_slowest_engine_is_waited_for_as_long_as_settings_and_caller_allow() {
    let asker = Asker::with(SearxngOptions { max_request_timeout_ms: Some(100), ..SearxngOptions::default() }).await;
    asker.server.faults().engine_always_fails("360search", EngineFailure::Slow(50_000));
    for (fields, longest) in
        [("q=a&engines=360search,baidu", 10_000), ("q=a&engines=360search&timeout_limit=0.02", 10_000)]
    {
        let begun = Instant::now();
        let (_, body) = asker.search(fields).await;
        assert_eq!(body["unresponsive_engines"], json!([["360search", "timeout"]]));
        assert!(begun.elapsed() < Duration::from_millis(longest));
    }
    asker.server.faults().clear();
    asker.server.faults().engine_always_fails("360search", EngineFailure::Slow(1));
    assert_eq!(asker.search("q=a&engines=360search").await.1["unresponsive_engines"], json!([]));
}

#[tokio::test]
async fn a_fault_may_befall_one_query_only() {
    let asker = Asker::new().await;
    let rule = SearxngFaultRule::always(SearxngFault::SearchError);
    asker.server.faults().add(SearxngFaultRule { q: Some("bad".to_owned()), ..rule });
    assert_eq!((asker.search("q=bad").await.0, asker.search("q=good").await.0), (500, 200));
}
