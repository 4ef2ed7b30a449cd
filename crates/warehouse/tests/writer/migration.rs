//! A warehouse that an older program wrote is brought up to date in place, with its data.

use std::path::Path;

use duckdb::Connection;
use market_model::Metric;
use warehouse::UsageRecorded;

use crate::{
    gateway_usage,
    market::{Market, day, minute, read_tail, two_for_ten, writer},
    vendors::{actions_from, one_response, rows},
};

const FIRST: &str = include_str!("../../src/schema/migrations/0001_first_tables.sql");
const SECOND: &str = include_str!("../../src/schema/migrations/0002_claims_and_observations.sql");
const THIRD: &str = include_str!("../../src/schema/migrations/0003_quality.sql");

/// A tail of schema 1 with a day of `market`, two events and a row of bookkeeping.
fn version_one(root: &Path, market: &Market) {
    older(root, market, &[FIRST]);
    let conn = Connection::open(root.join("tail.duckdb")).unwrap();
    let event =
        "'600001.SH', DATE '2024-01-03', NULL, 0, 2, 0, 0, 'tushare', NULL, NULL, TIMESTAMP '2024-01-01 00:00:00'";
    let announced = event.replace("NULL, 0, 2", "DATE '2023-12-01', 0, 2");
    conn.execute_batch(&format!("INSERT INTO corporate_action VALUES ({event}), ({announced}); CHECKPOINT")).unwrap();
}

/// A tail of the schema that `migrations` lead to, with reference, a day of `market` and a row of bookkeeping.
fn older(root: &Path, market: &Market, migrations: &[&str]) {
    // What the present program writes is cut down to the older tables: their columns are still the first of the new ones.
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
    for (sql, version) in migrations.iter().zip(1..) {
        conn.execute_batch(sql).unwrap();
        conn.execute("UPDATE meta SET value = ? WHERE key = 'schema_version'", [version.to_string()]).unwrap();
    }
    conn.execute_batch(&format!("ATTACH '{}' AS new (READ_ONLY)", new.display())).unwrap();
    let tables = "SELECT table_name, string_agg(column_name, ', ' ORDER BY column_index) FROM duckdb_columns()
                  WHERE database_name = 'tail' AND table_name <> 'meta' GROUP BY ALL";
    let mut statement = conn.prepare(tables).unwrap();
    let names = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap);
    let names: Vec<(String, String)> = names.collect();
    assert!(names.len() > 10 && !names.iter().any(|(name, _)| name == "gateway_usage"), "{names:?}");
    for (name, columns) in &names {
        conn.execute_batch(&format!("INSERT INTO {name} ({columns}) SELECT {columns} FROM new.{name}")).unwrap();
    }
    conn.execute_batch(
        "UPDATE meta SET value = n.value FROM new.meta n WHERE n.key = meta.key AND meta.key <> 'schema_version';
         DETACH new; CHECKPOINT",
    )
    .unwrap();
    drop(statement);
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

#[test]
fn a_warehouse_of_the_second_schema_keeps_its_quarantine_and_its_withheld_days_and_they_are_findings_now() {
    let market = Market::generate(96, 4, 5);
    let old = tempfile::tempdir().unwrap();
    older(old.path(), &market, &[FIRST, SECOND]);
    let conn = Connection::open(old.path().join("tail.duckdb")).unwrap();
    conn.execute_batch(
        "INSERT INTO quarantine VALUES
             ('normalized_daily', 'tushare', 1, 0, '`close` is not a finite number', 'DailyBar { .. }',
              TIMESTAMP '2024-01-02 10:00:00'),
             ('normalized_daily', 'tushare', 1, 5, '`close` is not a finite number', 'DailyBar { .. }',
              TIMESTAMP '2024-01-02 10:00:00'),
             ('price_limit', 'tushare', 2, 7, 'the batch has another row with the same key and other values', NULL,
              TIMESTAMP '2024-01-02 11:00:00');
         INSERT INTO partition VALUES
             ('daily', DATE '2024-01-09', 'tushare', 100, 70, 'withheld', '70 of 100 expected codes, 98 % are required',
              TIMESTAMP '2024-01-09 10:00:00')",
    )
    .unwrap();
    drop(conn);
    let writer = writer(old.path());
    let status = writer.status().unwrap();
    assert_eq!((status.quarantined, status.open_findings.get("error")), (3, Some(&4)));
    drop(writer);
    let entries =
        "SELECT concat_ws(' ', rule, state, fetched_at = quarantined_at, length(id)) FROM quarantine ORDER BY raw_row";
    let expected = ["schema held true 32", "schema held true 32", "duplicate_key held true 32"];
    assert_eq!(read_tail::<String>(old.path(), entries), expected);
    let findings = "SELECT concat_ws(' ', check_name, severity, trade_date, details->>'raw_row', details->>'present')
                    FROM quality_log WHERE closed_at IS NULL ORDER BY ALL";
    let expected = ["duplicate_key error 7", "incomplete_day error 2024-01-09 70", "schema error 0", "schema error 5"];
    assert_eq!(read_tail::<String>(old.path(), findings), expected);
    let paired = "SELECT count(*) FROM quarantine q JOIN quality_log f
                  ON f.id = md5(concat_ws('|', q.rule, 'quarantine:' || q.id))";
    assert_eq!(read_tail::<i64>(old.path(), paired), [3]);
}

#[test]
fn a_warehouse_of_the_third_schema_takes_the_gateways_reports_and_keeps_its_log() {
    let market = Market::generate(97, 4, 5);
    let old = tempfile::tempdir().unwrap();
    older(old.path(), &market, &[FIRST, SECOND, THIRD]);
    let mut writer = writer(old.path());
    assert_eq!(writer.status().unwrap().freshness.iter().filter(|row| row.last_error.is_some()).count(), 1);
    let report = gateway_usage::report(0, 1, vec![gateway_usage::row("alice", "sf-1", 1)]);
    assert_eq!(writer.record_gateway_usage(&report, minute(5)).unwrap(), UsageRecorded::Stored);
    drop(writer);
    assert_eq!(read_tail::<i64>(old.path(), "SELECT count(*) FROM gateway_usage"), [1]);
}
