//! SearXNG slow, down, lying.

use std::time::Duration;

use chrono::TimeDelta;
use upstream_simulators::{EngineFailure, SearxngFault, SearxngOptions, SearxngServer};
use web_search::{Origin, SearchFailed, SearchOptions, SearchQuery, WebSearch};

use crate::support::{LONG, Stage, at_once, eventually, http, json};

#[tokio::test]
async fn every_kind_of_rubbish_is_an_upstream_error_with_its_reason() {
    let stage = Stage::with(|options| options.max_body_bytes = 100_000).await;
    for (fault, status, problem) in [
        (SearxngFault::HtmlOk, 200, "a page of HTML in place of JSON"),
        (SearxngFault::Malformed, 200, "the JSON breaks off"),
        (SearxngFault::NotAnObject, 200, "the JSON is no object"),
        (SearxngFault::NotUtf8, 200, "the body is not UTF-8"),
        (SearxngFault::NoResultsField, 200, "the JSON has no results"),
        (SearxngFault::ResultsNotAList, 200, "results is no list of results"),
        (SearxngFault::CutBody, 200, "the body broke off"),
        (SearxngFault::Huge(100_000), 200, "the body is too large"),
        (SearxngFault::HtmlBadGateway, 502, "HTTP status 502"),
        (SearxngFault::SearchError, 500, "HTTP status 500: search error"),
    ] {
        stage.searxng.faults().next(1, fault.clone());
        let expected = SearchFailed::Upstream { status, problem: problem.to_owned() };
        assert_eq!(stage.find("moutai").await.unwrap_err(), expected, "{fault:?}");
    }
    stage.searxng.faults().next(1, SearxngFault::Huge(60_000));
    assert_eq!(stage.origin("moutai").await, Origin::Fresh, "nothing of it was kept, and a large one is in order");
}

#[tokio::test]
async fn searxngs_own_limiter_is_told_apart_with_its_wait() {
    let stage = Stage::new().await;
    for (seconds, retry_after) in [(Some(7), Some(Duration::from_secs(7))), (None, None)] {
        stage.searxng.faults().next(1, SearxngFault::TooManyRequests(seconds));
        assert_eq!(stage.find("moutai").await.unwrap_err(), SearchFailed::UpstreamLimited { retry_after });
    }
    // The trap of its default: four searches an hour.
    let trap = SearxngServer::start(SearxngOptions { limiter: Some(4), ..SearxngOptions::default() }).await.unwrap();
    let options = SearchOptions { timeout: LONG, ..SearchOptions::new(trap.url.parse().unwrap()) };
    let search = WebSearch::new(options, http(), stage.clock.clock()).unwrap();
    for number in 0..6 {
        let found = search.search(&SearchQuery::new(&format!("moutai {number}")).unwrap()).await;
        assert_eq!(matches!(found, Err(SearchFailed::UpstreamLimited { .. })), number >= 4, "{number}");
    }
}

#[tokio::test]
async fn a_searxng_that_does_not_speak_json_says_what_to_change() {
    let silent = SearxngServer::start(SearxngOptions::out_of_the_box()).await.unwrap();
    let stage = Stage::without_redis(|options| options.searxng = silent.url.parse().unwrap()).await;
    let failed = stage.find("moutai").await.unwrap_err();
    assert!(matches!(&failed, SearchFailed::Upstream { status: 403, problem } if problem.contains("search.formats")));
}

#[tokio::test]
async fn a_connection_that_was_closed_under_us_is_tried_once_more() {
    let stage = Stage::new().await;
    stage.searxng.faults().next(1, SearxngFault::Hangup);
    assert_eq!(stage.origin("moutai").await, Origin::Fresh);
    stage.searxng.faults().next(2, SearxngFault::Hangup);
    assert!(matches!(stage.find("baijiu").await.unwrap_err(), SearchFailed::Unreachable { .. }));
}

#[tokio::test]
async fn when_searxng_is_killed_what_was_asked_before_is_answered_and_it_recovers_without_a_restart() {
    let stage = Stage::new().await;
    let before = stage.find("moutai").await.unwrap();
    stage.searxng.go_down().await;
    assert_eq!(stage.origin("moutai").await, Origin::Cache, "while it is fresh nobody notices");
    stage.advance(TimeDelta::hours(25));
    let stale = stage.find(" moutai ").await.unwrap();
    assert_eq!((stale.origin, stale.as_of), (Origin::Stale, before.as_of));
    let body = json(&stale);
    assert_eq!((&body["stale"], &body["as_of"]), (&true.into(), &"2026-11-23T04:00:00Z".into()));
    assert_eq!((&body["results"], &body["query"]), (&json(&before)["results"], &" moutai ".into()));
    let failed = stage.find("never asked").await.unwrap_err();
    assert!(matches!(failed, SearchFailed::Unreachable { .. }), "{failed:?}");
    stage.searxng.come_back().await.unwrap();
    assert_eq!(stage.origin("moutai").await, Origin::Fresh);
    assert_eq!(stage.origin("never asked").await, Origin::Fresh);
}

#[tokio::test]
async fn a_stale_answer_is_taken_for_seven_days_after_it_was_fresh() {
    let stage = Stage::new().await;
    stage.find("moutai").await.unwrap();
    stage.searxng.go_down().await;
    stage.advance(TimeDelta::days(8) - TimeDelta::seconds(1));
    assert_eq!(stage.origin("moutai").await, Origin::Stale);
    stage.advance(TimeDelta::seconds(1));
    assert!(stage.find("moutai").await.is_err());
}

#[tokio::test]
async fn a_stale_answer_stands_in_for_every_trouble_but_a_wrong_parameter() {
    let stage = Stage::new().await;
    stage.find("moutai").await.unwrap();
    stage.advance(TimeDelta::hours(25));
    for fault in [
        SearxngFault::HtmlOk,
        SearxngFault::SearchError,
        SearxngFault::TooManyRequests(None),
        SearxngFault::CutBody,
        SearxngFault::NotUtf8,
        SearxngFault::Engine { engine: String::new(), failure: EngineFailure::Crash },
    ] {
        stage.searxng.faults().always(fault.clone());
        assert_eq!(stage.origin("moutai").await, Origin::Stale, "{fault:?}");
        stage.searxng.faults().clear();
    }
    stage.searxng.faults().next(1, SearxngFault::BadRequest("no".to_owned()));
    assert_eq!(stage.find("moutai").await.unwrap_err(), SearchFailed::BadRequest("no".to_owned()));
}

#[tokio::test]
async fn a_searxng_that_hangs_costs_its_time_once_and_stale_answers_come_at_once_after_that() {
    let stage = Stage::with(|options| options.timeout = Duration::from_secs(2)).await;
    stage.find("moutai").await.unwrap();
    stage.advance(TimeDelta::hours(25));
    stage.searxng.gate().shut();
    let failed = stage.find("never asked").await.unwrap_err();
    assert_eq!(failed, SearchFailed::Timeout { after: Duration::from_secs(2) });
    let calls = stage.calls();
    assert_eq!(stage.origin("moutai").await, Origin::Stale);
    assert_eq!(stage.calls(), calls, "it is left alone");
    stage.searxng.gate().open();
    assert_eq!(stage.origin("never asked").await, Origin::Fresh, "who has no stale answer asks, and finds it well");
    assert_eq!(stage.origin("moutai").await, Origin::Fresh);
}

#[tokio::test]
async fn nobody_is_there_at_the_start_and_then_somebody_is() {
    let stage = Stage::new().await;
    stage.searxng.go_down().await;
    let search = stage.restarted();
    let query = SearchQuery::new("moutai").unwrap();
    assert!(matches!(search.search(&query).await.unwrap_err(), SearchFailed::Unreachable { .. }));
    stage.searxng.come_back().await.unwrap();
    assert_eq!(search.search(&query).await.unwrap().origin, Origin::Fresh);
}

#[tokio::test]
async fn killed_while_a_thousand_wait_everybody_gets_an_answer_or_an_error() {
    let stage = Stage::new().await;
    stage.searxng.gate().shut();
    let mut searches = Vec::new();
    for number in 0..20 {
        searches.extend(at_once(&stage.search, 50, &SearchQuery::new(&format!("moutai {number}")).unwrap()));
    }
    eventually("all are asked", async || stage.searxng.calls().under_way() == 20).await;
    stage.searxng.go_down().await;
    for search in searches {
        let failed = search.await.unwrap().unwrap_err();
        assert!(matches!(failed, SearchFailed::Unreachable { .. }), "{failed:?}");
    }
}
