//! Compaction changes no content, and what follows it is as if it had not happened.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::Arc,
};

use duckdb::Connection;
use rand::{RngExt, SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use warehouse::{Batch, Step, Writer, WriterOptions};

use crate::market::{Market, minute, options, read_tail, writer};

fn filled(root: &Path, market: &Market, days: usize) -> Writer {
    let mut writer = writer(root);
    writer.commit(market.reference(minute(0)), minute(0)).unwrap();
    let mut batch = market.all_days(minute(1));
    let before = |day| day < market.days[days];
    batch.daily.retain(|row| before(row.value.trade_date));
    batch.basics.retain(|row| before(row.value.trade_date));
    batch.limits.retain(|row| before(row.value.trade_date));
    batch.suspensions.retain(|row| before(row.value.trade_date));
    batch.partitions.retain(|partition| before(partition.trade_date));
    writer.commit(batch, minute(1)).unwrap();
    writer
}

#[test]
fn the_content_is_the_same_before_and_after() {
    let folder = tempfile::tempdir().unwrap();
    let market = Market::generate(21, 8, 20);
    let mut writer = filled(folder.path(), &market, 18);
    writer.commit(market.answer(18, 50, minute(2)), minute(2)).unwrap();
    let before = writer.logical_sums().unwrap();
    let seq = writer.status().unwrap().commit_seq;

    let compacted = writer.compact(minute(3)).unwrap();
    assert_eq!((compacted.base, compacted.rows), (1, before.0["curated_daily"].rows));
    assert_eq!(writer.logical_sums().unwrap(), before);
    let status = writer.status().unwrap();
    assert_eq!((status.base, status.commit_seq, status.withheld.len()), (Some(1), seq + 1, 1));

    // Nothing new: nothing to do.
    assert_eq!(writer.compact(minute(4)).unwrap().moved, 0);
    writer.commit(market.day_batch(18, minute(5)), minute(5)).unwrap();
    let before = writer.logical_sums().unwrap();
    assert_eq!(writer.compact(minute(6)).unwrap().base, 2);
    assert_eq!(writer.logical_sums().unwrap(), before);
    drop(writer);
    let root = folder.path();
    assert_eq!(read_tail::<i64>(root, "SELECT count(*) FROM normalized_daily"), [0]);
    assert!(root.join("base-2.duckdb").exists() && root.join("base-2.series").exists());
    assert!(!root.join("base-1.duckdb").exists(), "no generation links the old base");
    let numbers = |file: &str, sql: &str| -> Vec<i64> {
        let conn = Connection::open(root.join(file)).unwrap();
        let mut statement = conn.prepare(sql).unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    let archived = "SELECT unnest([count(*), count(DISTINCT id)]) FROM raw_tushare_daily";
    assert_eq!(numbers("raw-2027.duckdb", archived), [3, 3], "every response once");
    let descents =
        "SELECT count(*) FROM (SELECT (code, trade_date) < lag((code, trade_date)) OVER (ORDER BY rowid) AS down
                    FROM curated_daily) WHERE down";
    assert_eq!(numbers("base-2.duckdb", descents), [0], "the base is symbol-major");
}

#[test]
fn commits_over_a_base_give_what_they_give_without_one() {
    for seed in 0..2 {
        let market = Market::generate(30 + seed, 7, 16);
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut batches: Vec<Batch> = (0..market.days.len()).map(|at| market.day_batch(at, minute(1))).collect();
        // Corrections of days that will lie in the base by then, a listing day learnt late, and a late suspension day.
        for at in [3, 9] {
            let mut correction = market.day_batch(at, minute(100));
            for row in &mut correction.daily {
                row.value.close += 0.07;
            }
            batches.push(correction);
        }
        batches[4..].shuffle(&mut rng);
        let content = |compact_after: &[usize]| {
            let folder = tempfile::tempdir().unwrap();
            let mut writer = writer(folder.path());
            writer.commit(market.reference(minute(0)), minute(0)).unwrap();
            for (at, batch) in batches.iter().enumerate() {
                writer.commit(batch.clone(), minute(200 + at as i64)).unwrap();
                if compact_after.contains(&at) {
                    writer.compact(minute(300)).unwrap();
                }
            }
            let mut relisted = market.clone();
            relisted.instruments[3].listed = Some(market.days[0]);
            writer.commit(relisted.reference(minute(400)), minute(400)).unwrap();
            writer.logical_sums().unwrap().0
        };
        let without = content(&[]);
        let (first, second) = (rng.random_range(4..9), rng.random_range(10..batches.len()));
        assert_eq!(content(&[first, second]), without, "seed {seed}, after {first} and {second}");
    }
}

#[test]
fn a_crash_at_any_step_leaves_the_old_state_or_the_new_one() {
    let steps = [(Step::CompactBaseWritten, None), (Step::CompactBeforeSwap, None), (Step::CompactAfterSwap, Some(1))];
    for (step, base) in steps {
        let folder = tempfile::tempdir().unwrap();
        let market = Market::generate(41, 5, 8);
        let filled = filled(folder.path(), &market, 6);
        let before = filled.logical_sums().unwrap();
        drop(filled);
        let on_step = Arc::new(move |at| assert_ne!(at, step, "crash here"));
        let mut doomed = Writer::open(folder.path(), WriterOptions { on_step: Some(on_step), ..options() }).unwrap();
        assert!(catch_unwind(AssertUnwindSafe(move || doomed.compact(minute(9)))).is_err());

        let mut after = writer(folder.path());
        assert_eq!(after.status().unwrap().base, base, "{step:?}");
        assert_eq!(after.logical_sums().unwrap(), before, "{step:?}");
        assert_eq!(folder.path().join("base-1.duckdb").exists(), base.is_some(), "{step:?}");
        after.commit(market.day_batch(6, minute(20)), minute(20)).unwrap();
        let before = after.logical_sums().unwrap();
        after.compact(minute(30)).unwrap();
        assert_eq!(after.logical_sums().unwrap(), before, "{step:?}");
    }
}

#[test]
fn a_crash_during_a_commit_leaves_nothing_of_it() {
    for step in [Step::BatchBegun, Step::RowsWritten, Step::BeforeCommit, Step::AfterCommit] {
        let folder = tempfile::tempdir().unwrap();
        let market = Market::generate(42, 5, 8);
        let filled = filled(folder.path(), &market, 3);
        let before = filled.logical_sums().unwrap();
        drop(filled);
        let on_step = Arc::new(move |at| assert_ne!(at, step, "crash here"));
        let mut doomed = Writer::open(folder.path(), WriterOptions { on_step: Some(on_step), ..options() }).unwrap();
        let batch = market.day_batch(3, minute(20));
        assert!(catch_unwind(AssertUnwindSafe(move || doomed.commit(batch, minute(20)))).is_err());

        let mut after = writer(folder.path());
        let is_there = after.logical_sums().unwrap() != before;
        assert_eq!(is_there, step == Step::AfterCommit, "{step:?}");
        let again = after.commit(market.day_batch(3, minute(20)), minute(30)).unwrap();
        assert_eq!(again.changed, !is_there, "{step:?}");
    }
}

#[test]
fn expired_features_stay_away_and_the_rest_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let market = Market::generate(43, 5, 30);
    let mut writer = filled(folder.path(), &market, 25);
    let all = writer.logical_sums().unwrap().0["feature_daily"].rows;
    let today = market.days[10] + chrono::Days::new(90);
    let removed = writer.expire_features(today).unwrap();
    assert!(removed > 0 && removed < all);
    assert_eq!(writer.expire_features(today).unwrap(), 0);
    // A correction of an expired day brings none of its features back.
    let mut correction = market.day_batch(8, minute(50));
    correction.daily[0].value.close += 0.03;
    writer.commit(correction, minute(50)).unwrap();
    assert_eq!(writer.logical_sums().unwrap().0["feature_daily"].rows, all - removed);
    drop(writer);
    let first = read_tail::<String>(folder.path(), "SELECT min(trade_date)::VARCHAR FROM feature_daily");
    assert_eq!(first, [market.days[10].to_string()]);
}
