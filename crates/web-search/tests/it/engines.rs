//! Engines that fail, and what is learned from it.

use chrono::TimeDelta;
use upstream_simulators::{EngineFailure, SearxngFault};
use web_search::{EngineState, Origin, SearchFailed};

use crate::support::{CHINESE, GLOBAL, Stage, json, query};

fn reason(engine: &str, reason: &str) -> (String, String) {
    (engine.to_owned(), reason.to_owned())
}

/// How an engine fares.
fn state(stage: &Stage, engine: &str) -> EngineState {
    stage.search.engines().into_iter().find(|status| status.name == engine).unwrap().state
}

#[tokio::test]
async fn when_every_engine_fails_the_reasons_are_told_and_no_empty_answer_is_given() {
    let stage = Stage::new().await;
    for engine in CHINESE.into_iter().chain(GLOBAL) {
        stage.searxng.faults().engine_always_fails(engine, EngineFailure::Captcha);
    }
    let SearchFailed::EnginesFailed { reasons } = stage.find("贵州茅台").await.unwrap_err() else { panic!() };
    assert_eq!(reasons.len(), 8);
    assert!(reasons.iter().all(|(_, why)| why == "CAPTCHA"), "{reasons:?}");
    assert_eq!(stage.calls(), 2);
}

#[tokio::test]
async fn when_the_chinese_engines_fail_the_global_ones_are_asked_and_the_other_way_round() {
    for (q, first, second) in [("贵州茅台", CHINESE, GLOBAL), ("moutai", GLOBAL, CHINESE)] {
        let stage = Stage::new().await;
        for engine in first {
            stage.searxng.faults().engine_fails(1, engine, EngineFailure::TooManyRequests);
        }
        let found = stage.find(q).await.unwrap();
        assert_eq!(stage.named(), second);
        assert_eq!((stage.calls(), found.engines.failed.len()), (2, 0));
        assert!(found.engines.answered.iter().all(|engine| second.contains(&engine.as_str())));
        // The first ones rest: the next search knows it.
        stage.find(&format!("{q} 2")).await.unwrap();
        assert_eq!((stage.calls(), stage.named()), (3, second.map(str::to_owned).to_vec()));
    }
}

#[tokio::test]
async fn a_blocked_page_without_a_complaint_is_taken_for_nothing_and_the_others_are_asked() {
    let stage = Stage::new().await;
    for engine in CHINESE {
        stage.searxng.faults().engine_always_fails(engine, EngineFailure::SoftBlock);
    }
    let found = stage.find("贵州茅台").await.unwrap();
    assert_eq!((stage.calls(), stage.named()), (2, GLOBAL.map(str::to_owned).to_vec()));
    assert!(!json(&found)["results"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn nothing_found_while_an_engine_fails_is_a_failure_when_nobody_else_answers() {
    let stage = Stage::new().await;
    stage.searxng.faults().engine_always_fails("", EngineFailure::Captcha);
    stage.searxng.faults().always(SearxngFault::Nothing);
    let named = query(&[("q", "moutai"), ("engines", "google,brave")]);
    let failed = stage.search.search(&named).await.unwrap_err();
    assert_eq!(
        failed,
        SearchFailed::EnginesFailed { reasons: vec![reason("brave", "CAPTCHA"), reason("google", "CAPTCHA")] }
    );
    assert_eq!(failed.to_string(), "no engine answered: brave (CAPTCHA), google (CAPTCHA)");
}

#[tokio::test]
async fn an_engine_with_a_captcha_rests_for_an_hour_and_one_search_tries_it_then() {
    let stage = Stage::new().await;
    stage.searxng.faults().engine_fails(1, "baidu", EngineFailure::Captcha);
    let failed_at = stage.now();
    assert_eq!(stage.find("茅台 0").await.unwrap().engines.failed, [reason("baidu", "CAPTCHA")]);
    assert_eq!(state(&stage, "baidu"), EngineState::Rests { until: failed_at + TimeDelta::hours(1) });
    stage.find("茅台 1").await.unwrap();
    assert_eq!(stage.named(), ["sogou", "360search", "bing"]);
    // SearXNG suspends it up to the very second, and says so.
    stage.advance(TimeDelta::hours(1));
    assert_eq!(stage.find("茅台 2").await.unwrap().engines.failed, [reason("baidu", "Suspended: CAPTCHA")]);
    assert_eq!(state(&stage, "baidu"), EngineState::Rests { until: stage.now() + TimeDelta::minutes(1) });
    stage.advance(TimeDelta::minutes(1));
    assert!(stage.find("茅台 3").await.unwrap().engines.answered.contains(&"baidu".to_owned()));
    assert_eq!(state(&stage, "baidu"), EngineState::Works);
    let status = stage.search.engines().remove(0);
    assert_eq!(
        (status.last_answer, status.last_failure.unwrap().1),
        (Some(stage.now()), "Suspended: CAPTCHA".to_owned())
    );
}

#[tokio::test]
async fn while_one_search_tries_an_engine_the_others_go_without_it() {
    let stage = Stage::new().await;
    stage.searxng.faults().engine_fails(1, "baidu", EngineFailure::Timeout);
    stage.find("茅台 0").await.unwrap();
    stage.advance(TimeDelta::seconds(30));
    stage.searxng.gate().shut();
    let mut searches = Vec::new();
    for number in 1..=5 {
        let query = query(&[("q", &format!("茅台 {number}"))]);
        searches.extend(crate::support::at_once(&stage.search, 1, &query));
    }
    crate::support::eventually("all are asked", async || stage.searxng.calls().under_way() == 5).await;
    assert_eq!(state(&stage, "baidu"), EngineState::OnTrial);
    stage.searxng.gate().open();
    for search in searches {
        search.await.unwrap().unwrap();
    }
    let log = stage.searxng.calls().log();
    let with_it = log.iter().skip(1).filter(|call| call.named.contains(&"baidu".to_owned())).count();
    assert_eq!((log.len(), with_it), (6, 1));
    assert_eq!(state(&stage, "baidu"), EngineState::Works);
}

#[tokio::test]
async fn a_trial_that_searxng_itself_spoils_is_given_to_the_next_search() {
    let stage = Stage::new().await;
    stage.searxng.faults().engine_fails(1, "baidu", EngineFailure::Timeout);
    stage.find("茅台 0").await.unwrap();
    stage.advance(TimeDelta::seconds(30));
    stage.searxng.faults().next(1, SearxngFault::SearchError);
    stage.find("茅台 1").await.unwrap_err();
    stage.find("茅台 2").await.unwrap();
    assert_eq!(stage.named(), CHINESE);
}

#[tokio::test]
async fn when_all_engines_rest_all_are_asked_so_that_nothing_is_broken_for_longer_than_it_is() {
    let stage = Stage::new().await;
    stage.searxng.faults().engine_always_fails("", EngineFailure::Captcha);
    stage.find("贵州茅台").await.unwrap_err();
    // Suspended in SearXNG's memory: it says so, and asks nobody.
    let SearchFailed::EnginesFailed { reasons } = stage.find("贵州茅台").await.unwrap_err() else { panic!() };
    assert_eq!(reasons.len(), 8);
    assert!(reasons.iter().all(|(_, why)| why == "Suspended: CAPTCHA"), "{reasons:?}");
    let call = stage.searxng.calls().last().unwrap();
    assert_eq!((call.named.len(), call.asked.len()), (8, 0));
    // SearXNG suspends for one hour and a moment.
    stage.searxng.faults().clear();
    stage.advance(TimeDelta::seconds(3_601));
    assert_eq!(stage.origin("贵州茅台").await, Origin::Fresh);
}

#[tokio::test]
async fn who_names_engines_gets_those_though_they_rest() {
    let stage = Stage::new().await;
    stage.searxng.faults().engine_fails(1, "google", EngineFailure::ParsingError);
    stage.find("moutai").await.unwrap();
    assert!(matches!(state(&stage, "google"), EngineState::Rests { .. }));
    let named = query(&[("q", "moutai"), ("engines", "google")]);
    assert_eq!(stage.search.search(&named).await.unwrap().engines.answered, ["google"]);
    assert_eq!(stage.named(), ["google"]);
    assert_eq!(state(&stage, "google"), EngineState::Works, "and it is learned that it works");
}

#[tokio::test]
async fn an_engine_without_a_second_page_is_not_taken_for_broken() {
    let stage = Stage::new().await;
    stage.search.search(&query(&[("q", "茅台"), ("pageno", "2")])).await.unwrap();
    assert_eq!(state(&stage, "bing"), EngineState::Works);
}

#[tokio::test]
async fn one_slow_engine_costs_its_own_results_and_not_the_answer() {
    let stage = Stage::without_redis(|options| options.timeout = std::time::Duration::from_secs(3)).await;
    // SearXNG would wait 20 s for 360search.
    stage.searxng.faults().engine_always_fails("360search", EngineFailure::Slow(60_000));
    let found = stage.find("贵州茅台").await.unwrap();
    assert_eq!(found.engines.failed, [reason("360search", "timeout")]);
    assert!(found.engines.answered.contains(&"baidu".to_owned()));
    stage.find("茅台").await.unwrap();
    assert_eq!(stage.named(), ["baidu", "sogou", "bing"]);
}

#[tokio::test]
async fn a_search_without_groups_leaves_the_choice_to_searxng() {
    let stage = Stage::without_redis(|options| {
        options.engines_chinese.clear();
        options.engines_global.clear();
    });
    let stage = stage.await;
    assert!(stage.find("moutai").await.unwrap().engines.answered.len() > 4);
    assert!(stage.named().is_empty());
}

#[tokio::test]
async fn engines_that_fail_at_the_very_end_of_the_time_are_told_and_not_a_timeout() {
    let stage = Stage::without_redis(|options| options.timeout = std::time::Duration::from_secs(4)).await;
    stage.searxng.faults().engine_always_fails("", EngineFailure::Crash);
    stage.searxng.faults().always(SearxngFault::Slow(3_600));
    let failed = stage.find("moutai").await.unwrap_err();
    assert!(matches!(&failed, SearchFailed::EnginesFailed { reasons } if reasons.len() == 4), "{failed:?}");
    assert_eq!(stage.calls(), 1);
}
