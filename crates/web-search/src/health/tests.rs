use chrono::TimeDelta;
use reqwest::Url;

use super::*;

fn health() -> (EngineHealth, Vec<String>) {
    let options = SearchOptions::new(Url::parse("http://127.0.0.1:1").unwrap());
    (EngineHealth::new(&options), options.engines_chinese)
}

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
}

fn failed(engine: &str, reason: &str) -> Engines {
    Engines { answered: Vec::new(), failed: vec![(engine.to_owned(), reason.to_owned())] }
}

fn answered(engine: &str) -> Engines {
    Engines { answered: vec![engine.to_owned()], failed: Vec::new() }
}

#[test]
fn who_fails_rests_and_one_search_tries_it_when_the_time_is_over() {
    let (health, group) = health();
    assert_eq!(health.choose(&group, at(0)).engines, ["baidu", "sogou", "360search", "bing"]);
    health.learn(&group, &failed("baidu", "CAPTCHA"), at(0), at(1));
    let chosen = health.choose(&group, at(3_600));
    assert_eq!(chosen.engines, ["sogou", "360search", "bing"]);
    assert_eq!(chosen.resting, [("baidu".to_owned(), "not asked after: CAPTCHA".to_owned())]);
    assert_eq!(health.choose(&group, at(3_601)).engines.len(), 4);
    assert_eq!(health.choose(&group, at(3_601)).engines.len(), 3, "somebody tries it already");
    health.learn(&group, &answered("baidu"), at(3_601), at(3_602));
    assert_eq!(health.choose(&group, at(3_602)).engines.len(), 4);
}

#[test]
fn a_trial_that_fails_is_a_longer_rest() {
    let (health, group) = health();
    let mut now = 0;
    for rest in [30, 60, 120, 240] {
        assert_eq!(health.choose(&group, at(now)).engines.len(), 4, "at {now}");
        health.learn(&group, &failed("bing", "timeout"), at(now), at(now));
        assert_eq!(health.choose(&group, at(now + rest - 1)).engines.len(), 3);
        now += rest;
    }
    health.choose(&group, at(now));
    health.learn(&group, &answered("bing"), at(now), at(now));
    health.learn(&group, &failed("bing", "timeout"), at(now), at(now));
    assert_eq!(health.choose(&group, at(now + 30)).engines.len(), 4, "an answer makes the next rest the first one");
}

#[test]
fn searches_that_were_under_way_together_tell_of_one_failure() {
    let (health, group) = health();
    for _ in 0..20 {
        health.learn(&group, &failed("sogou", "timeout"), at(0), at(5));
    }
    // One that asked before the failure and hears later is no news either.
    health.learn(&group, &answered("sogou"), at(4), at(6));
    assert_eq!(health.choose(&group, at(34)).engines.len(), 3);
    assert_eq!(health.choose(&group, at(35)).engines.len(), 4);
}

#[test]
fn a_trial_of_which_nothing_is_heard_is_given_to_the_next() {
    let (health, group) = health();
    health.learn(&group, &failed("baidu", "timeout"), at(0), at(0));
    assert_eq!(health.choose(&group, at(30)).engines.len(), 4);
    health.release(&group, at(31));
    assert_eq!(health.choose(&group, at(31)).engines.len(), 4, "the search failed as a whole");
    assert_eq!(health.choose(&group, at(60)).engines.len(), 3);
    assert_eq!(health.choose(&group, at(61)).engines.len(), 4, "nobody ever said how it went");
}

#[test]
fn silence_on_trial_is_no_failure() {
    let (health, group) = health();
    health.learn(&group, &failed("baidu", "timeout"), at(0), at(0));
    health.choose(&group, at(30));
    health.learn(&group, &answered("sogou"), at(30), at(31));
    assert_eq!(health.status()[0].state, EngineState::Works);
}

#[test]
fn a_clock_that_is_set_back_ends_rests() {
    let (health, group) = health();
    health.learn(&group, &failed("baidu", "CAPTCHA"), at(1_000_000), at(1_000_000));
    assert_eq!(health.choose(&group, at(0)).engines.len(), 4);
}

#[test]
fn engines_of_others_are_not_remembered() {
    let (health, group) = health();
    health.learn(&group, &failed("wikipedia", "CAPTCHA"), at(0), at(0));
    assert!(health.status().iter().all(|engine| engine.name != "wikipedia" && engine.state == EngineState::Works));
    assert_eq!(health.status().len(), 8);
}
