//! Raw responses lie in the archive, every row names its own, and what was known before is kept.

use std::path::Path;

use duckdb::Connection;

use crate::{
    histories::{days, load, prepare, staged},
    market::{Market, SOURCE, minute, read_tail, writer},
};

fn rows<T: duckdb::types::FromSql>(root: &Path, sql: &str) -> Vec<T> {
    let conn = Connection::open_in_memory().unwrap();
    let mut attach = String::new();
    for (file, name) in
        [("tail.duckdb", "tail"), ("base-1.duckdb", "base"), ("base-2.duckdb", "base2"), ("raw-2027.duckdb", "raw")]
    {
        if root.join(file).exists() {
            attach += &format!("ATTACH '{}' AS {name} (READ_ONLY);", root.join(file).display());
        }
    }
    conn.execute_batch(&attach).unwrap();
    let mut statement = conn.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}

#[test]
fn every_row_leads_to_its_response_in_the_archive() {
    let market = Market::generate(91, 7, 20);
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let mut bulk = writer(root);
    prepare(&mut bulk, &market);
    let codes = staged(&market, SOURCE, &market.all_days(minute(1)), minute(1));
    let loaded = load(&mut bulk, SOURCE, &codes, minute(2));
    assert_eq!(loaded.raw_responses, 21);
    bulk.commit(market.day_batch(3, minute(3)), minute(3)).unwrap();
    drop(bulk);
    assert!(!root.join("raw-archives.unsettled").exists());
    for (table, dataset) in
        [("normalized_daily", "bars"), ("normalized_daily_basic", "daily_basic"), ("price_limit", "stk_limit")]
    {
        let sql = format!(
            "SELECT count(*) FROM base.{table} n LEFT JOIN raw.raw_tushare_{dataset} r
             ON r.id = n.raw_id AND r.fetched_at = n.ingested_at AND contains(r.request, n.code)
             WHERE r.id IS NULL"
        );
        assert_eq!(rows::<i64>(root, &sql), [0], "{table}");
    }
    let places =
        "SELECT count(*) FROM (SELECT raw_row <> row_number() OVER (PARTITION BY code ORDER BY trade_date) - 1 AS off
                  FROM base.normalized_daily) WHERE off";
    assert_eq!(rows::<i64>(root, places), [0]);
    let hashes = "SELECT count(*) FROM raw.raw_tushare_bars WHERE body_sha256 <> sha256(body) OR source <> 'tushare'";
    assert_eq!(rows::<i64>(root, hashes), [0]);
    // The tail's own responses were archived too, and ids go on where the load ended.
    let ids = "SELECT id FROM raw.raw_tushare_bars UNION ALL SELECT id FROM raw.raw_tushare_daily_basic
               UNION ALL SELECT id FROM raw.raw_tushare_stk_limit UNION ALL SELECT id FROM raw.raw_tushare_trade_cal
               UNION ALL SELECT id FROM raw.raw_tushare_stock_basic UNION ALL SELECT id FROM raw.raw_tushare_suspend_d
               UNION ALL SELECT id FROM raw.raw_tushare_daily UNION ALL SELECT id FROM tail.raw_tushare_daily
               UNION ALL SELECT id FROM tail.raw_tushare_daily_basic UNION ALL SELECT id FROM tail.raw_tushare_suspend_d
               UNION ALL SELECT id FROM tail.raw_tushare_stk_limit ORDER BY 1";
    assert_eq!(rows::<i64>(root, ids), (1..=31).collect::<Vec<_>>());
}

#[test]
fn responses_go_to_the_archive_of_their_own_year() {
    let market = Market::generate(95, 5, 10);
    let folder = tempfile::tempdir().unwrap();
    let mut bulk = writer(folder.path());
    prepare(&mut bulk, &market);
    let mut codes = staged(&market, SOURCE, &market.all_days(minute(1)), minute(1));
    let last_year = minute(1) - chrono::Days::new(30);
    codes.iter_mut().step_by(2).for_each(|code| code.responses[0].fetched_at = last_year);
    load(&mut bulk, SOURCE, &codes, minute(2));
    drop(bulk);
    let count = |year: i32| {
        let conn = Connection::open(folder.path().join(format!("raw-{year}.duckdb"))).unwrap();
        conn.query_row("SELECT count(*) FROM raw_tushare_bars", [], |row| row.get::<_, i64>(0)).unwrap()
    };
    assert_eq!((count(2026), count(2027)), (3, 2));
}

#[test]
fn what_a_load_replaces_is_kept_and_so_is_what_comes_late() {
    let market = Market::generate(92, 7, 20);
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let mut bulk = writer(root);
    prepare(&mut bulk, &market);
    let mut wrong = market.day_batch(2, minute(2));
    let corrected = wrong.daily.len();
    wrong.daily.iter_mut().for_each(|row| row.value.close = 1.25);
    bulk.commit(wrong, minute(2)).unwrap();
    let mut newer = market.day_batch(5, minute(50));
    let kept = newer.limits.len();
    newer.limits.iter_mut().for_each(|row| row.value.up_limit += 1.0);
    bulk.commit(newer, minute(50)).unwrap();
    bulk.compact(minute(51)).unwrap();
    // The same day again, in a still later response that confirms it.
    bulk.commit(market.day_batch(7, minute(52)), minute(52)).unwrap();

    let codes = staged(&market, SOURCE, &market.all_days(minute(10)), minute(10));
    let loaded = load(&mut bulk, SOURCE, &codes, minute(60));
    assert_eq!(loaded.replaced, corrected as u64);
    // Late values are not kept twice.
    load(&mut bulk, SOURCE, &codes, minute(61));
    drop(bulk);
    let base = if root.join("base-3.duckdb").exists() { "base-3.duckdb" } else { "base-2.duckdb" };
    let conn = Connection::open(root.join(base)).unwrap();
    let count = |sql: &str| conn.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    let revision = "FROM normalized_revision WHERE dataset =";
    assert_eq!(
        count(&format!(
            "SELECT count(*) {revision} 'normalized_daily' AND (old_row->>'close')::DOUBLE = 1.25
             AND old_raw_id < new_raw_id AND superseded_at = TIMESTAMP '{}'",
            minute(60).naive_utc()
        )),
        corrected as i64
    );
    assert_eq!(count(&format!("SELECT count(*) {revision} 'price_limit' AND old_raw_id > new_raw_id")), kept as i64);
    assert_eq!(count(&format!("SELECT count(*) {revision} 'normalized_daily'")), corrected as i64);
    let sorted = "SELECT count(*) FROM (SELECT code < lag(code) OVER (ORDER BY rowid) AS down FROM normalized_revision)
                  WHERE down";
    assert_eq!(count(sorted), 0);
}

#[test]
fn a_confirmed_value_outlives_an_older_one_that_comes_with_the_load() {
    let market = Market::generate(93, 7, 12);
    let (a, b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut between = days(&market, market.all_days(minute(5)), 4..5);
    between.daily.iter_mut().for_each(|row| row.value.close = 1.25);
    let (mut plain, mut bulk) = (writer(a.path()), writer(b.path()));
    for writer in [&mut plain, &mut bulk] {
        prepare(writer, &market);
        for at in [1, 9] {
            writer.commit(market.day_batch(4, minute(at)), minute(at)).unwrap();
        }
    }
    plain.commit(between.clone(), minute(20)).unwrap();
    let loaded = load(&mut bulk, SOURCE, &staged(&market, SOURCE, &between, minute(5)), minute(20));
    assert_eq!((loaded.replaced, loaded.inserted), (0, 0));
    assert_eq!(bulk.logical_sums().unwrap(), plain.logical_sums().unwrap());
    // The load itself confirms: what lies between the first response and the load's does not win either.
    load(&mut bulk, SOURCE, &staged(&market, SOURCE, &market.day_batch(6, minute(30)), minute(30)), minute(31));
    load(&mut bulk, SOURCE, &staged(&market, SOURCE, &market.day_batch(6, minute(40)), minute(40)), minute(41));
    let before = bulk.logical_sums().unwrap();
    let mut late = market.day_batch(6, minute(35));
    late.daily.iter_mut().for_each(|row| row.value.close = 1.25);
    assert_eq!(bulk.commit(late, minute(50)).unwrap().replaced, 0);
    assert_eq!(bulk.logical_sums().unwrap(), before);
}

#[test]
fn the_source_counts_as_fresh_up_to_the_newest_bar() {
    let market = Market::generate(94, 6, 15);
    let folder = tempfile::tempdir().unwrap();
    let mut bulk = writer(folder.path());
    prepare(&mut bulk, &market);
    load(&mut bulk, SOURCE, &staged(&market, SOURCE, &market.all_days(minute(1)), minute(1)), minute(2));
    let status = bulk.status().unwrap();
    let bars = status.freshness.iter().find(|row| row.dataset == "bars").unwrap();
    assert_eq!((bars.last_success_at, bars.last_trade_date), (Some(minute(2)), market.days.last().copied()));
    assert_eq!((status.base, status.withheld.len(), status.unpublished), (Some(1), 0, true));
    bulk.publish(minute(3)).unwrap();
    drop(bulk);
    assert!(read_tail::<i64>(folder.path(), "SELECT count(*) FROM feature_daily")[0] > 0);
}
