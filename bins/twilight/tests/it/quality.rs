//! `twilight quality`.

use job_queue::{
    Broker, Queue,
    payload::{QualityJob, queue_name::QUALITY},
};
use serde_json::{Value, json};

use crate::stage::{DAY, Stage};

#[tokio::test]
async fn findings_are_listed_newest_first_and_narrowed() {
    let stage = Stage::published();
    let said = stage.told("quality findings").await;
    for told in ["cross_source of 600519.SH", "price_limit of 000001.SZ", "2026-04-28 19:03:00", "warning"] {
        assert!(said.contains(told), "{told}: {said}");
    }
    let checks = async |words: &str| {
        let found = stage.json(&format!("quality findings {words}")).await;
        let checks = found.as_array().unwrap().iter().map(|finding| finding["check"].as_str().unwrap().to_owned());
        checks.collect::<Vec<_>>()
    };
    // The last one is the gate's word about the row in quarantine.
    assert_eq!(checks("").await, ["cross_source", "price_limit", "nonpositive_price"]);
    assert_eq!(checks("--open").await, ["cross_source", "nonpositive_price"]);
    assert_eq!(checks("--severity error").await, ["price_limit", "nonpositive_price"]);
    assert_eq!(checks("--check price_limit").await, ["price_limit"]);
    assert_eq!(checks("--code 600519.SH").await, ["cross_source"]);
    assert_eq!(checks("--since 2026-04-28T19:03:00+08:00").await, ["cross_source"]);
    assert_eq!(checks("--until 2026-04-28T19:03:00+08:00").await, ["price_limit", "nonpositive_price"]);
    assert_eq!(checks(&format!("--since {DAY} --until {DAY}")).await.len(), 3);
    assert_eq!(checks("--limit 1").await, ["cross_source"]);
    let more = stage.told("quality findings --limit 2").await;
    assert!(more.contains("There are more: --limit."), "{more}");
    let all = stage.told("quality findings --limit 3").await;
    assert!(!all.contains("There are more"), "{all}");
}

#[tokio::test]
async fn the_status_says_how_fresh_every_source_is_and_what_is_open() {
    let stage = Stage::published();
    let status = stage.json("quality status").await;
    let source = &status["sources"][0];
    assert_eq!((&source["source"], &source["last_trade_date"]), (&"tushare".into(), &DAY.into()));
    // The clock is the real one: this data has been waiting for years, or will be in months to come.
    assert!(source["age_seconds"].as_i64().is_some_and(|age| age >= 0), "{source}");
    let open = json!([
        {"check": "cross_source", "severity": "warning", "count": 1},
        {"check": "nonpositive_price", "severity": "error", "count": 1},
    ]);
    assert_eq!((&status["open"], &status["quarantined"], &status["generation"]), (&open, &1.into(), &1.into()));
    let said = stage.told("quality status").await;
    for told in ["tushare", "generation 1 published", "check_generation", "cross_source", "rows in quarantine"] {
        assert!(said.contains(told), "{told}: {said}");
    }
    let empty = Stage::empty();
    let status = empty.json("quality status").await;
    assert_eq!((&status["generation"], &status["sources"]), (&Value::Null, &json!([])));
}

#[tokio::test]
async fn every_rule_is_listed() {
    let rules = Stage::empty().json("quality rules").await;
    let limit = rules.as_array().unwrap().iter().find(|rule| rule["code"] == "price_limit").unwrap();
    assert_eq!((&limit["severity"], &limit["origin"]), (&"error".into(), &"generation".into()));
}

#[tokio::test]
async fn a_check_is_asked_for_of_the_published_generation() {
    let stage = Stage::published().with_redis().await;
    let one = stage.json(&format!("quality check --date {DAY},{DAY}")).await;
    let id = one["job_id"].as_str().unwrap().to_owned();
    assert!(id.starts_with(&format!("check_generation@{DAY}#")), "{id}");
    let twin = stage.json(&format!("quality check --date {DAY}")).await;
    assert_eq!((&twin["job_id"], &twin["joined"]), (&json!(id), &true.into()));
    let all = stage.json("quality check --all").await["job_id"].as_str().unwrap().to_owned();
    let fresh = stage.json("enqueue check-freshness").await["job_id"].as_str().unwrap().to_owned();
    let some = stage.json(&format!("enqueue check-generation --generation 7 --dates {DAY}")).await;

    let broker = Broker::connect(&stage.redis.as_ref().unwrap().url()).unwrap();
    let queue: Queue<QualityJob> = Queue::new(&broker, QUALITY).unwrap();
    let days = || Some(vec![DAY.parse().unwrap()]);
    for (id, expected) in [
        (id.as_str(), QualityJob::CheckGeneration { generation: Some(1), dates: days() }),
        (all.as_str(), QualityJob::CheckGeneration { generation: Some(1), dates: None }),
        (fresh.as_str(), QualityJob::CheckFreshness {}),
        (some["job_id"].as_str().unwrap(), QualityJob::CheckGeneration { generation: Some(7), dates: days() }),
    ] {
        let payload = queue.show(id).await.unwrap().payload;
        assert_eq!(payload, Some(serde_json::to_value(expected).unwrap()), "{id}");
    }
    let listed = stage.json("jobs list --queue quality --state waiting").await;
    assert_eq!(listed["jobs"].as_array().unwrap().len(), 4);
}
