//! `namechange`: what codes were called, as the vendor tells it.

use std::collections::HashMap;

use market_model::InstrumentName;
use serde_json::{Value, json};
use upstream_simulators::{SimClock, TushareOptions};

use crate::harness::{Sim, date};

fn eight(date: chrono::NaiveDate) -> Value {
    json!(date.format("%Y%m%d").to_string())
}

/// A name of the market that begins within its range and ends within it.
fn passing(sim: &Sim) -> InstrumentName {
    let (first, _) = sim.market().range();
    let names = sim.market().codes().iter().flat_map(|code| sim.market().names(code));
    names.into_iter().find(|name| name.from > first && name.until.is_some()).expect("a name that came and went")
}

#[tokio::test]
async fn every_name_comes_at_least_once_and_some_come_twice_without_their_end() {
    let sim = Sim::start().await;
    let rows = sim.rows("namechange", json!({}), "").await;
    let expected: Vec<InstrumentName> = sim.market().codes().iter().flat_map(|code| sim.market().names(code)).collect();
    let mut repeated = 0;
    for name in &expected {
        let same = |row: &&HashMap<String, Value>| {
            row["ts_code"] == name.code.as_str() && row["name"] == name.name && row["start_date"] == eight(name.from)
        };
        let ends: Vec<&Value> = rows.iter().filter(same).map(|row| &row["end_date"]).collect();
        assert!(ends.contains(&&name.until.map_or(Value::Null, eight)), "{name:?}: {ends:?}");
        repeated += ends.len() - 1;
    }
    assert_eq!(rows.len(), expected.len() + repeated, "no name that is not there");
    assert!(repeated > 0);
    assert!(rows.is_sorted_by(|a, b| a["start_date"].as_str() >= b["start_date"].as_str()), "newest first");
}

#[tokio::test]
async fn a_change_is_known_from_its_announcement_on_and_its_end_from_the_next_one() {
    let probe = Sim::start().await;
    let name = passing(&probe);
    let clock = SimClock::at_shanghai(name.from.and_hms_opt(9, 0, 0).unwrap());
    let sim = Sim::with(TushareOptions { clock: Some(clock.clock()), ..TushareOptions::default() }).await;
    let newest = || async { sim.rows("namechange", json!({"ts_code": name.code.as_str()}), "").await.swap_remove(0) };
    let row = newest().await;
    assert_eq!((&row["name"], &row["end_date"]), (&json!(name.name), &Value::Null));
    clock.set_shanghai(name.from.pred_opt().unwrap().pred_opt().unwrap().and_hms_opt(9, 0, 0).unwrap());
    assert_ne!(newest().await["name"], json!(name.name), "not announced yet");
    clock.set_shanghai(name.until.unwrap().and_hms_opt(9, 0, 0).unwrap());
    let rows = sim.rows("namechange", json!({"ts_code": name.code.as_str()}), "").await;
    assert!(rows.iter().any(|row| row["end_date"] == eight(name.until.unwrap())), "{rows:?}");
}

#[tokio::test]
async fn the_days_of_the_request_are_days_of_announcement() {
    let sim = Sim::start().await;
    let name = passing(&sim);
    let announced = eight(name.from.pred_opt().unwrap());
    let params = json!({"start_date": announced, "end_date": announced});
    let rows = sim.rows("namechange", params, "").await;
    assert!(!rows.is_empty() && rows.iter().all(|row| row["ann_date"] == announced), "{rows:?}");
    assert!(rows.iter().any(|row| row["ts_code"] == name.code.as_str() && row["name"] == name.name));
}

#[tokio::test]
async fn the_list_of_shares_bears_the_name_of_the_day() {
    let probe = Sim::start().await;
    let name = passing(&probe);
    let clock = SimClock::at_shanghai(date("2024-03-29").and_hms_opt(20, 0, 0).unwrap());
    let sim = Sim::with(TushareOptions { clock: Some(clock.clock()), ..TushareOptions::default() }).await;
    let listed = || async { sim.rows("stock_basic", json!({"ts_code": name.code.as_str()}), "name").await };
    assert_ne!(listed().await[0]["name"], json!(name.name));
    clock.set_shanghai(name.from.and_hms_opt(9, 0, 0).unwrap());
    assert_eq!(listed().await[0]["name"], json!(name.name));
}
