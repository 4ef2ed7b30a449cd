//! A warehouse that an older program wrote is brought up to date in place, with its data.

use std::path::Path;

use duckdb::Connection;
use market_model::Metric;

use crate::{
    market::{Market, day, minute, read_tail, two_for_ten, writer},
    vendors::{actions_from, one_response, rows},
};

const FIRST: &str = include_str!("../../src/schema/migrations/0001_first_tables.sql");

/// A tail of schema 1 with a day of `market`, two events and a row of bookkeeping.
fn version_one(root: &Path, market: &Market) {
    // What the present program writes is cut down to the tables of the first: they have kept their columns.
    drop({
        let mut writer = writer(root);
        writer.commit(market.reference(minute(0)), minute(0)).unwrap();
        writer.commit(market.day_batch(0, minute(1)), minute(1)).unwrap();
        writer.record_failure("tushare", "daily", "HTTP 502", minute(2)).unwrap();
        writer
    });
    let (tail, new) = (root.join("tail.duckdb"), root.join("new.duckdb"));
    std::fs::rename(&tail, &new).unwrap();
    let conn = Connection::open(&tail).unwrap();
    conn.execute_batch(FIRST).unwrap();
    conn.execute_batch(&format!("ATTACH '{}' AS new (READ_ONLY)", new.display())).unwrap();
    let tables = "SELECT table_name FROM duckdb_tables() WHERE database_name = 'tail' AND table_name <> 'meta'";
    let names: Vec<String> =
        conn.prepare(tables).unwrap().query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    assert!(names.len() > 10 && !names.iter().any(|name| name == "fundamental_claim"), "{names:?}");
    for name in &names {
        conn.execute_batch(&format!("INSERT INTO {name} FROM new.{name}")).unwrap();
    }
    let event =
        "'600001.SH', DATE '2024-01-03', NULL, 0, 2, 0, 0, 'tushare', NULL, NULL, TIMESTAMP '2024-01-01 00:00:00'";
    conn.execute_batch(&format!(
        "INSERT INTO corporate_action VALUES ({event}), ({});
         UPDATE meta SET value = n.value FROM new.meta n WHERE n.key = meta.key AND meta.key <> 'schema_version';
         DETACH new; CHECKPOINT",
        event.replace("NULL, 0, 2", "DATE '2023-12-01', 0, 2")
    ))
    .unwrap();
    drop(conn);
    std::fs::remove_file(new).unwrap();
}

#[test]
fn a_warehouse_of_the_first_schema_is_migrated_with_its_data_and_goes_on() {
    let market = Market::generate(95, 4, 5);
    let (old, new) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    version_one(old.path(), &market);
    let version = "SELECT value FROM meta WHERE key = 'schema_version'";
    assert_eq!(read_tail::<String>(old.path(), version), ["1"]);

    let mut migrated = writer(old.path());
    let mut fresh = writer(new.path());
    fresh.commit(market.reference(minute(0)), minute(0)).unwrap();
    fresh.commit(market.day_batch(0, minute(1)), minute(1)).unwrap();
    let at_first = migrated.logical_sums().unwrap().0;
    for (name, sum) in fresh.logical_sums().unwrap().0 {
        let rows = if name == "corporate_action" { 2 } else { sum.rows };
        assert_eq!(at_first[&name].rows, rows, "{name}");
    }
    assert_eq!(at_first["curated_daily"], fresh.logical_sums().unwrap().0["curated_daily"]);
    assert_eq!(migrated.status().unwrap().freshness.iter().filter(|row| row.last_error.is_some()).count(), 1);

    // The events of old are one source's; another's stand beside them now.
    let code = "600001.SH".parse().unwrap();
    let beside = actions_from("tdx", vec![two_for_ten(code, day("2024-01-03"))], minute(3));
    assert_eq!(migrated.commit(beside, minute(3)).unwrap().inserted, 1);
    let claim = market_model::FundamentalClaim {
        code,
        period: day("2024-03-31"),
        metric: Metric::Eps,
        value: 1.0,
        announced: None,
    };
    let claims = warehouse::Batch { fundamentals: rows(vec![claim]), ..one_response("tushare", "income", minute(3)) };
    assert_eq!(migrated.commit(claims, minute(3)).unwrap().inserted, 1);
    migrated.commit(market.day_batch(1, minute(4)), minute(4)).unwrap();
    migrated.publish(minute(5)).unwrap();
    migrated.compact(minute(6)).unwrap();
    drop(migrated);
    assert_eq!(read_tail::<String>(old.path(), version), [warehouse::SCHEMA_VERSION.to_string()]);
    assert_eq!(read_tail::<i64>(old.path(), "SELECT count(*) FROM corporate_action"), [3]);
}
