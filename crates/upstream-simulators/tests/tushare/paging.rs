//! Row limits, pages and `has_more`.

use std::collections::{BTreeMap, HashSet};

use serde_json::{Value, json};
use upstream_simulators::{Fault, TushareOptions};

use crate::harness::{Sim, date, rows};

fn limited(rows: usize) -> TushareOptions {
    TushareOptions { row_limits: BTreeMap::from([("daily".to_owned(), rows)]), ..TushareOptions::default() }
}

#[tokio::test]
async fn pages_of_the_row_limit_join_to_the_whole_answer() {
    let sim = Sim::with(limited(7)).await;
    let expected = sim.market().expected_codes(date("2024-03-01")).len();
    let mut codes: Vec<Value> = Vec::new();
    loop {
        let params = json!({"trade_date": "20240301", "limit": 7, "offset": codes.len().to_string()});
        let answer = sim.call("daily", params, "ts_code").await;
        codes.extend(rows(&answer).into_iter().map(|row| row["ts_code"].clone()));
        if answer["data"]["has_more"] == false {
            break;
        }
    }
    assert_eq!(codes.len(), expected);
    assert_eq!(codes.iter().collect::<HashSet<_>>().len(), expected);
}

#[tokio::test]
async fn a_wish_beyond_the_row_limit_is_cut_to_it() {
    let sim = Sim::with(limited(5)).await;
    let answer = sim.call("daily", json!({"trade_date": "20240301", "limit": "100"}), "").await;
    assert_eq!((rows(&answer).len(), &answer["data"]["has_more"]), (5, &json!(true)));
    let answer = sim.call("daily", json!({"trade_date": "20240301", "offset": 1000}), "").await;
    assert_eq!((rows(&answer).len(), &answer["data"]["has_more"]), (0, &json!(false)));
}

#[tokio::test]
async fn the_order_can_differ_from_call_to_call() {
    let sim = Sim::start().await;
    sim.server.faults().always("daily", Fault::Unsorted);
    let order = |answer: Value| rows(&answer).into_iter().map(|row| row["ts_code"].to_string()).collect::<Vec<_>>();
    let mut first = order(sim.call("daily", json!({"trade_date": "20240301"}), "ts_code").await);
    let mut second = order(sim.call("daily", json!({"trade_date": "20240301"}), "ts_code").await);
    assert_ne!(first, second);
    first.sort();
    second.sort();
    assert_eq!(first, second);
}
