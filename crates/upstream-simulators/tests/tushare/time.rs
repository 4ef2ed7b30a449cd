//! What is published when.

use market_model::Code;
use serde_json::json;
use upstream_simulators::{SimClock, TushareOptions};

use crate::harness::{Sim, date};

async fn at(clock: &SimClock) -> Sim {
    Sim::with(TushareOptions { clock: Some(clock.clock()), ..TushareOptions::default() }).await
}

#[tokio::test]
async fn each_dataset_of_today_appears_at_its_own_time() {
    let clock = SimClock::at_shanghai(date("2024-03-01").and_hms_opt(8, 0, 0).unwrap());
    let sim = at(&clock).await;
    let apis = ["stk_limit", "adj_factor", "suspend_d", "daily", "daily_basic"];
    for (hour, minute, visible) in [
        (8, 39, [0, 0, 0, 0, 0]),
        (8, 40, [1, 0, 0, 0, 0]),
        (9, 20, [1, 1, 1, 0, 0]),
        (15, 30, [1, 1, 1, 1, 0]),
        (17, 0, [1; 5]),
    ] {
        clock.set_shanghai(date("2024-03-01").and_hms_opt(hour, minute, 0).unwrap());
        for (api, visible) in apis.iter().zip(visible) {
            let rows = sim.rows(api, json!({"trade_date": "20240301"}), "").await;
            assert_eq!(!rows.is_empty(), visible == 1, "{api} at {hour}:{minute}");
        }
        assert!(!sim.rows("daily_basic", json!({"trade_date": "20240229"}), "").await.is_empty(), "yesterday is there");
        assert!(sim.rows("daily", json!({"trade_date": "20240304"}), "").await.is_empty(), "the future is not");
    }
}

#[tokio::test]
async fn before_the_close_daily_serves_partial_bars() {
    let clock = SimClock::at_shanghai(date("2024-03-01").and_hms_opt(15, 29, 59).unwrap());
    let sim = at(&clock).await;
    let volumes = || async {
        let rows = sim.rows("daily", json!({"trade_date": "20240301"}), "vol").await;
        rows.iter().map(|row| row["vol"].as_f64().unwrap()).collect::<Vec<_>>()
    };
    let live = volumes().await;
    clock.set_shanghai(date("2024-03-01").and_hms_opt(15, 30, 0).unwrap());
    let closed = volumes().await;
    assert_eq!(live.len(), closed.len());
    assert!(live.iter().zip(&closed).all(|(live, closed)| live < closed));
    let yesterday = sim.rows("daily", json!({"trade_date": "20240229"}), "vol").await;
    assert_eq!(yesterday.len(), sim.market().expected_codes(date("2024-02-29")).len());
}

#[tokio::test]
async fn lists_show_the_world_of_today() {
    let clock = SimClock::at_shanghai(date("2024-01-02").and_hms_opt(20, 0, 0).unwrap());
    let sim = at(&clock).await;
    let (first, last) = sim.market().range();
    let on = |day| {
        let is_listed = |code: &Code| sim.market().instrument(code, day).is_some_and(|(i, _)| i.is_listed_on(day));
        sim.market().codes().iter().copied().filter(is_listed).collect::<Vec<Code>>()
    };
    let listed = || async {
        let listed = sim.rows("stock_basic", json!({}), "").await.len();
        listed + sim.rows("stock_basic", json!({"list_status": "P"}), "").await.len()
    };
    assert_eq!(listed().await, on(first).len());
    clock.set_shanghai(last.and_hms_opt(20, 0, 0).unwrap());
    assert_eq!(listed().await, on(last).len());
    let new = on(last).into_iter().find(|code| !on(first).contains(code)).unwrap();
    clock.set_shanghai(first.and_hms_opt(20, 0, 0).unwrap());
    assert!(sim.rows("stock_basic", json!({"ts_code": new.as_str()}), "").await.is_empty());
}

#[tokio::test]
async fn a_dividend_is_proposed_before_it_is_implemented() {
    let clock = SimClock::at_shanghai(date("2024-03-29").and_hms_opt(20, 0, 0).unwrap());
    let sim = at(&clock).await;
    let actions = sim.market().codes().iter().flat_map(|code| sim.market().actions(code));
    let action = actions.filter(|action| action.rights_per_10 == 0.0).max_by_key(|action| action.ex_date).unwrap();
    let stages = || async {
        let rows = sim.rows("dividend", json!({"ts_code": action.code.as_str()}), "div_proc,end_date,ex_date").await;
        rows.iter().map(|row| row["div_proc"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    clock.set_shanghai((action.announced.unwrap() - chrono::Days::new(1)).and_hms_opt(20, 0, 0).unwrap());
    let before = stages().await.len();
    clock.set_shanghai(action.announced.unwrap().and_hms_opt(8, 0, 0).unwrap());
    let announced = stages().await;
    assert!(announced.len() > before && announced.contains(&"预案".to_owned()), "{announced:?}");
    clock.set_shanghai(action.ex_date.and_hms_opt(8, 0, 0).unwrap());
    assert!(stages().await.contains(&"实施".to_owned()));
}
