//! Single cells that come wrong, and a column too many.

use std::collections::HashMap;

use serde_json::{Value, json};
use upstream_simulators::{
    Fault,
    tushare::{CellDamage, Damage},
};

use crate::harness::{Sim, date, fields, rows};

const DAY: &str = "20240301";

fn damage(column: &str, to: Damage) -> CellDamage {
    CellDamage::new("600519.SH".parse().expect("a code"), date("2024-03-01"), column, to)
}

async fn day(sim: &Sim) -> Vec<HashMap<String, Value>> {
    sim.rows("daily", json!({"trade_date": DAY}), "").await
}

#[tokio::test]
async fn a_damaged_cell_comes_as_something_else_and_every_other_as_always() {
    let sim = Sim::start().await;
    let sound = day(&sim).await;
    let of = |rows: &[HashMap<String, Value>]| rows.iter().find(|row| row["ts_code"] == "600519.SH").unwrap().clone();
    let before = of(&sound);
    let close = before["close"].as_f64().unwrap();
    for (column, to, expected) in [
        ("close", Damage::Value(json!(0)), json!(0)),
        ("close", Damage::Value(json!("NaN")), json!("NaN")),
        ("close", Damage::Value(Value::Null), Value::Null),
        ("close", Damage::Percent(1000), json!((close * 1000.0).round() / 100.0)),
        ("vol", Damage::Percent(-100), json!(-before["vol"].as_f64().unwrap())),
        ("high", Damage::Column("low".to_owned()), before["low"].clone()),
        ("ts_code", Damage::Value(json!("600518.SH")), json!("600518.SH")),
        ("trade_date", Damage::Value(json!("20240229")), json!("20240229")),
    ] {
        sim.server.faults().damage("daily", damage(column, to.clone()));
        let damaged = day(&sim).await;
        let changed: Vec<_> = sound.iter().zip(&damaged).filter(|(sound, damaged)| sound != damaged).collect();
        let [(_, row)] = changed[..] else { panic!("{} rows changed by {to:?}", changed.len()) };
        assert_eq!(row[column], expected, "{to:?}");
        let others = |row: &HashMap<String, Value>| row.iter().filter(|(name, _)| *name != column).count();
        assert!(row.iter().all(|(name, value)| name == column || before[name] == *value) && others(row) > 8);
        sim.server.faults().clear();
        assert_eq!(day(&sim).await, sound);
    }
}

#[tokio::test]
async fn two_columns_can_be_swapped_in_every_row_of_a_code() {
    let sim = Sim::start().await;
    let history = || sim.rows("daily", json!({"ts_code": "600519.SH"}), "trade_date,high,low");
    let sound = history().await;
    for (column, other) in [("high", "low"), ("low", "high")] {
        let swap = CellDamage { date: None, ..damage(column, Damage::Column(other.to_owned())) };
        sim.server.faults().damage("daily", swap);
    }
    let swapped = history().await;
    assert_eq!(swapped.len(), sim.market().trading_days().len());
    let crossed =
        |(s, d): (&HashMap<String, Value>, &HashMap<String, Value>)| s["high"] == d["low"] && s["low"] == d["high"];
    assert!(sound.iter().zip(&swapped).all(crossed));
}

#[tokio::test]
async fn a_column_too_many_comes_first_so_that_positions_mean_nothing() {
    let sim = Sim::start().await;
    let sound = sim.call("daily", json!({"trade_date": DAY}), "ts_code,close").await;
    sim.server.faults().next(1, "daily", Fault::ExtraColumn("sentiment".to_owned()));
    let answer = sim.call("daily", json!({"trade_date": DAY}), "ts_code,close").await;
    assert_eq!(fields(&answer), ["sentiment", "ts_code", "close"]);
    for (sound, row) in rows(&sound).into_iter().zip(rows(&answer)) {
        assert!(row["sentiment"].is_null() && row["close"] == sound["close"] && row["ts_code"] == sound["ts_code"]);
    }
}
