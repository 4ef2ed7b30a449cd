//! A base built from whole histories holds what committing day by day gives.

use warehouse::{BaseBuilder, History, WarehouseError};

use crate::market::{Market, SOURCE, minute, options, writer};

#[test]
fn a_base_from_histories_equals_commits_day_by_day() {
    let market = Market::generate(51, 8, 40);
    let committed = tempfile::tempdir().unwrap();
    let mut daily = writer(committed.path());
    daily.commit(market.reference(minute(0)), minute(0)).unwrap();
    let batch = market.all_days(minute(1));
    let mut halts = batch.clone();
    (halts.daily, halts.basics, halts.limits, halts.partitions) = (vec![], vec![], vec![], vec![]);
    daily.commit(batch.clone(), minute(1)).unwrap();

    let built = tempfile::tempdir().unwrap();
    let mut builder = BaseBuilder::create(built.path(), options()).unwrap();
    for instrument in &market.instruments {
        let own = |code| code == instrument.code;
        let bars: Vec<_> = batch.daily.iter().map(|row| row.value.clone()).filter(|row| own(row.code)).collect();
        let basics: Vec<_> = batch.basics.iter().map(|row| row.value.clone()).filter(|row| own(row.code)).collect();
        let limits: Vec<_> = batch.limits.iter().map(|row| row.value.clone()).filter(|row| own(row.code)).collect();
        let history = History {
            source: SOURCE,
            listed: instrument.listed,
            bars: &bars,
            basics: &basics,
            limits: &limits,
            raw_id: None,
            fetched_at: minute(1),
        };
        builder.push_code(instrument.code, &history).unwrap();
    }
    let base = builder.finish(minute(2)).unwrap();
    assert_eq!(base.manifest.trade_dates, Some((market.days[0], market.days[market.days.len() - 1])));

    let mut built = writer(built.path());
    let reference = built.commit(market.reference(minute(3)), minute(3)).unwrap();
    assert!(reference.dates.is_empty(), "the base's days are sealed and its bases are right: nothing to do");
    built.commit(halts, minute(4)).unwrap();
    assert_eq!(built.logical_sums().unwrap(), daily.logical_sums().unwrap());

    // A correction of its last day goes on from the base's last bars.
    let mut correction = market.day_batch(market.days.len() - 1, minute(5));
    correction.daily[0].value.close += 0.01;
    let (a, b) = (built.commit(correction.clone(), minute(5)).unwrap(), daily.commit(correction, minute(5)).unwrap());
    assert_eq!((a.replaced, a.dates), (b.replaced, b.dates));
    assert_eq!(built.logical_sums().unwrap(), daily.logical_sums().unwrap());
}

#[test]
fn a_history_that_is_out_of_order_is_refused_and_nothing_is_left() {
    let market = Market::generate(52, 3, 5);
    let folder = tempfile::tempdir().unwrap();
    let mut builder = BaseBuilder::create(folder.path(), options()).unwrap();
    let bar = |at: usize| market.day_batch(at, minute(1)).daily[0].value.clone();
    let bars = [bar(2), bar(1)];
    let history = History {
        source: SOURCE,
        listed: None,
        bars: &bars,
        basics: &[],
        limits: &[],
        raw_id: None,
        fetched_at: minute(1),
    };
    let result = builder.push_code(bars[0].code, &history);
    assert!(matches!(result, Err(WarehouseError::BadBatch(_))), "{result:?}");
    drop(builder);
    let writer = writer(folder.path());
    assert_eq!(writer.status().unwrap().base, None);
    assert!(!folder.path().join("base-1.duckdb.tmp").exists());
}
