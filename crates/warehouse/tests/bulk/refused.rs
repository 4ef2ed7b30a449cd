//! What is not loaded.

use chrono::Days;
use warehouse::{Rejected, Sourced, StagedCode, WarehouseError};

use crate::{
    histories::{load, prepare, staged, try_load},
    market::{Market, SOURCE, minute, read_tail, writer},
};

#[test]
fn a_malformed_load_leaves_everything_as_it_was() {
    let market = Market::generate(111, 5, 8);
    let folder = tempfile::tempdir().unwrap();
    let mut bulk = writer(folder.path());
    prepare(&mut bulk, &market);
    let before = bulk.logical_sums().unwrap();
    let good = staged(&market, SOURCE, &market.all_days(minute(1)), minute(1));
    let broken = |change: &dyn Fn(&mut Vec<StagedCode>)| {
        let mut codes = good.clone();
        change(&mut codes);
        codes
    };
    let cases = [
        ("codes do not ascend", broken(&|codes| codes.swap(1, 2))),
        ("a code twice", broken(&|codes| codes[2] = codes[1].clone())),
        ("days do not ascend", broken(&|codes| codes[1].bars.swap(0, 1))),
        ("a row of another code", broken(&|codes| codes[1].bars[0].code = codes[0].code)),
        ("a response that is absent", broken(&|codes| codes[1].places[0].0 = 9)),
        ("a bar without a place", broken(&|codes| codes[1].places.truncate(2))),
        ("figures that do not ascend", broken(&|codes| codes[1].basics.swap(0, 1))),
    ];
    for (what, codes) in cases {
        let result = try_load(&mut bulk, SOURCE, &codes, minute(2));
        assert!(matches!(result, Err(WarehouseError::BadBatch(_))), "{what}: {result:?}");
        assert_eq!(bulk.logical_sums().unwrap(), before, "{what}");
        assert_eq!(bulk.status().unwrap().base, None, "{what}");
    }
    let result = try_load(&mut bulk, "not a name", &good, minute(2));
    assert!(matches!(result, Err(WarehouseError::BadBatch(_))), "{result:?}");
    let nothing = load(&mut bulk, SOURCE, &[], minute(2));
    assert_eq!((nothing.base, nothing.codes), (0, 0));
    assert_eq!(load(&mut bulk, SOURCE, &good, minute(2)).base, 1);
}

#[test]
fn rows_that_cannot_be_stored_go_to_quarantine() {
    let market = Market::generate(112, 5, 12);
    let folder = tempfile::tempdir().unwrap();
    let mut bulk = writer(folder.path());
    prepare(&mut bulk, &market);
    let mut codes = staged(&market, SOURCE, &market.all_days(minute(1)), minute(1));
    codes[1].bars[2].high = f64::NAN;
    let mut twice = codes[2].limits[3].clone();
    twice.value.up_limit += 1.0;
    twice.row = 77;
    codes[2].limits.insert(4, twice);
    let repeated = codes[3].basics[1].clone();
    codes[3].basics.insert(2, Sourced { row: 78, ..repeated });
    codes[3].rejected.push(Rejected {
        dataset: "bars".into(),
        response: 0,
        row: 5,
        reason: "`close`: not a number".into(),
        value: "abc".into(),
    });
    let bars: usize = codes.iter().map(|code| code.bars.len()).sum();
    let loaded = load(&mut bulk, SOURCE, &codes, minute(2));
    assert_eq!(loaded.inserted, bars as u64 - 1);
    assert_eq!(bulk.status().unwrap().quarantined, 4);
    drop(bulk);
    let rows = "SELECT dataset || ':' || raw_row || ':' || reason FROM quarantine ORDER BY 1";
    let conflict = "the batch has another row with the same key and other values";
    let expected = [
        "bars:5:`close`: not a number".to_owned(),
        "normalized_daily:2:`high` is not a finite number".to_owned(),
        format!("price_limit:3:{conflict}"),
        format!("price_limit:77:{conflict}"),
    ];
    assert_eq!(read_tail::<String>(folder.path(), rows), expected);
}

#[test]
fn a_day_outside_the_calendar_of_a_code_is_stored_all_the_same() {
    let market = Market::generate(113, 5, 8);
    let folder = tempfile::tempdir().unwrap();
    let mut bulk = writer(folder.path());
    prepare(&mut bulk, &market);
    let mut codes = staged(&market, SOURCE, &market.all_days(minute(1)), minute(1));
    let mut early = codes[4].bars[0].clone();
    early.trade_date = early.trade_date - Days::new(4000);
    codes[4].bars.insert(0, early);
    codes[4].places.insert(0, (0, 99));
    let loaded = load(&mut bulk, SOURCE, &codes, minute(2));
    assert_eq!((loaded.inserted, loaded.incomplete_days), (loaded.bars, 1));
    assert_eq!(bulk.logical_sums().unwrap().0["normalized_daily"].rows, loaded.bars);
}
