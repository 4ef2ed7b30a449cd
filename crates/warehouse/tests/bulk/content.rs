//! The content is what ordinary commits give, whatever is there already.

use std::path::Path;

use warehouse::{Batch, Writer, verify};

use crate::{
    histories::{days, load, of_source, prepare, staged},
    market::{Market, SOURCE, minute, writer},
};

/// What the same rows give as ordinary batches; `before` are committed first.
fn committed(root: &Path, market: &Market, batches: &[Batch]) -> Writer {
    let mut writer = writer(root);
    prepare(&mut writer, market);
    for (at, batch) in (1000..).zip(batches) {
        writer.commit(batch.clone(), minute(at)).unwrap();
    }
    writer
}

/// Reads everything that was written and compares it with what is said of it.
fn assert_whole(writer: &mut Writer) {
    let root = writer.layout().published();
    writer.publish(minute(90_000)).unwrap();
    let report = verify(&root, None).unwrap();
    assert!(report.is_whole(), "{:?}", report.problems);
}

#[test]
fn into_an_empty_warehouse() {
    let market = Market::generate(61, 8, 40);
    let all = market.all_days(minute(1));
    let (a, b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let plain = committed(a.path(), &market, std::slice::from_ref(&all));
    let mut bulk = writer(b.path());
    prepare(&mut bulk, &market);
    let codes = staged(&market, SOURCE, &all, minute(1));
    let loaded = load(&mut bulk, SOURCE, &codes, minute(2));
    let expected = plain.logical_sums().unwrap();
    assert_eq!(bulk.logical_sums().unwrap(), expected);
    assert_eq!((loaded.base, loaded.codes, loaded.bars), (1, 8, all.daily.len() as u64));
    assert_eq!((loaded.inserted, loaded.replaced, loaded.unchanged), (loaded.bars, 0, 0));
    assert_eq!((loaded.complete_days, loaded.incomplete_days), (40, 0));
    assert_eq!(loaded.rows, expected.0["curated_daily"].rows);

    // Again: nothing changes. In another order of fetching: neither.
    let again = load(&mut bulk, SOURCE, &codes, minute(3));
    assert_eq!((again.base, again.inserted, again.replaced, again.unchanged), (2, 0, 0, loaded.bars));
    assert_eq!(bulk.logical_sums().unwrap(), expected);
    load(&mut bulk, SOURCE, &staged(&market, SOURCE, &all, minute(9)), minute(10));
    assert_eq!(bulk.logical_sums().unwrap(), expected);
    assert_whole(&mut bulk);
}

#[test]
fn what_is_committed_afterwards_goes_on_as_if_nothing_had_happened() {
    let market = Market::generate(62, 7, 30);
    let early = days(&market, market.all_days(minute(1)), 0..26);
    let (a, b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut plain = committed(a.path(), &market, std::slice::from_ref(&early));
    let mut bulk = writer(b.path());
    prepare(&mut bulk, &market);
    load(&mut bulk, SOURCE, &staged(&market, SOURCE, &early, minute(1)), minute(2));
    let mut correction = market.day_batch(20, minute(30));
    correction.daily[1].value.close += 0.02;
    let mut relisted = market.clone();
    relisted.instruments[3].listed = Some(market.days[0]);
    let later = [26, 28, 27].map(|at| market.day_batch(at, minute(20)));
    for batch in later.into_iter().chain([correction, relisted.reference(minute(40)), market.day_batch(29, minute(41))])
    {
        let (x, y) = (plain.commit(batch.clone(), minute(50)).unwrap(), bulk.commit(batch, minute(50)).unwrap());
        assert_eq!((x.inserted, x.replaced, x.dates), (y.inserted, y.replaced, y.dates));
        assert_eq!(bulk.logical_sums().unwrap(), plain.logical_sums().unwrap());
    }
    let before = bulk.logical_sums().unwrap();
    bulk.compact(minute(60)).unwrap();
    assert_eq!(bulk.logical_sums().unwrap(), before);
}

#[test]
fn over_a_base_and_a_tail_of_the_same_source_with_corrections_and_a_withheld_day() {
    let market = Market::generate(63, 9, 40);
    let all = market.all_days(minute(100));
    let (a, b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    // Some days came before the backfill, one of them in part, one with other values; some come in a later response than
    // the backfill's and so win over it.
    let mut wrong = market.day_batch(6, minute(3));
    wrong.daily.iter_mut().for_each(|row| row.value.close += 0.11);
    wrong.basics.iter_mut().for_each(|row| row.value.pb = row.value.pb.map(|pb| pb + 1.0));
    let mut newer = market.day_batch(33, minute(200));
    newer.daily.iter_mut().for_each(|row| row.value.close += 0.13);
    let before = [
        days(&market, market.all_days(minute(2)), 3..10),
        wrong,
        days(&market, market.all_days(minute(2)), 30..34),
        market.answer(35, 60, minute(4)),
        newer,
    ];
    let mut expected = before.to_vec();
    expected.push(all.clone());
    let plain = committed(a.path(), &market, &expected);

    let mut bulk = writer(b.path());
    prepare(&mut bulk, &market);
    for (at, batch) in before.iter().enumerate() {
        bulk.commit(batch.clone(), minute(1000 + at as i64)).unwrap();
        if at == 1 {
            bulk.compact(minute(1100)).unwrap();
        }
    }
    assert_eq!(bulk.status().unwrap().withheld.len(), 1);
    let loaded = load(&mut bulk, SOURCE, &staged(&market, SOURCE, &all, minute(100)), minute(2000));
    assert!(loaded.replaced > 0 && loaded.inserted > 0 && loaded.unchanged > loaded.replaced, "{loaded:?}");
    assert_eq!(bulk.logical_sums().unwrap(), plain.logical_sums().unwrap());
    assert_eq!(bulk.status().unwrap().withheld, []);
    assert_whole(&mut bulk);
}

#[test]
fn beside_another_source_whose_withheld_day_stays_withheld() {
    let market = Market::generate(64, 9, 30);
    let all = of_source(market.all_days(minute(100)), "tdx");
    let (a, b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let before = [days(&market, market.all_days(minute(2)), 10..20), market.answer(25, 40, minute(4))];
    let mut expected = before.to_vec();
    expected.push(all.clone());
    let plain = committed(a.path(), &market, &expected);
    for compact in [false, true] {
        let root = b.path().join(compact.to_string());
        let mut bulk = committed(&root, &market, &before);
        if compact {
            bulk.compact(minute(1500)).unwrap();
        }
        let codes = staged(&market, "tdx", &all, minute(100));
        load(&mut bulk, "tdx", &codes, minute(2000));
        assert_eq!(bulk.logical_sums().unwrap(), plain.logical_sums().unwrap(), "compacted before: {compact}");
        assert_eq!(bulk.status().unwrap().withheld.len(), 1);
        // The rest of the withheld day arrives.
        let mut completed = committed(&a.path().join(compact.to_string()), &market, &expected);
        let rest = market.day_batch(25, minute(3000));
        completed.commit(rest.clone(), minute(3000)).unwrap();
        bulk.commit(rest, minute(3000)).unwrap();
        assert_eq!(bulk.logical_sums().unwrap(), completed.logical_sums().unwrap());
        assert_whole(&mut bulk);
    }
}

#[test]
fn in_two_halves_of_the_codes_in_any_order() {
    let market = Market::generate(65, 9, 30);
    let all = market.all_days(minute(1));
    let codes = staged(&market, SOURCE, &all, minute(1));
    let folder = tempfile::tempdir().unwrap();
    let plain = committed(&folder.path().join("plain"), &market, &[all]);
    let (first, second) = codes.split_at(4);
    for (at, halves) in [[first, second], [second, first]].into_iter().enumerate() {
        let mut bulk = writer(&folder.path().join(at.to_string()));
        prepare(&mut bulk, &market);
        let half = load(&mut bulk, SOURCE, halves[0], minute(2));
        assert_eq!((half.complete_days, half.rows), (0, 0), "half of the codes do not make a day");
        assert!(half.incomplete_days > 0);
        let whole = load(&mut bulk, SOURCE, halves[1], minute(3));
        assert_eq!(whole.incomplete_days, 0);
        assert_eq!(bulk.logical_sums().unwrap(), plain.logical_sums().unwrap());
    }
}

#[test]
fn the_series_file_is_the_one_that_the_base_gives() {
    let market = Market::generate(66, 6, 25);
    let folder = tempfile::tempdir().unwrap();
    let mut bulk = writer(folder.path());
    prepare(&mut bulk, &market);
    load(&mut bulk, SOURCE, &staged(&market, SOURCE, &market.all_days(minute(1)), minute(1)), minute(2));
    let file = folder.path().join("base-1.series");
    let written = std::fs::read(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    // A publish that misses it writes it again from the base, and checks that it is the same.
    bulk.publish(minute(3)).unwrap();
    assert_eq!(std::fs::read(&file).unwrap(), written);
}
