//! Which days a load completes.

use chrono::Days;
use warehouse::StagedCode;

use crate::{
    histories::{days, load, of_source, prepare, staged},
    market::{Market, minute, read_tail, writer},
};

const SOURCE: &str = "tdx";

fn histories(market: &Market) -> Vec<StagedCode> {
    staged(market, SOURCE, &of_source(market.all_days(minute(1)), SOURCE), minute(1))
}

#[test]
fn a_code_that_was_asked_for_and_has_no_bars_is_not_missing() {
    let market = Market::generate(81, 9, 20);
    let folder = tempfile::tempdir().unwrap();
    let mut bulk = writer(folder.path());
    // Nobody has told about suspensions.
    bulk.commit(market.reference(minute(0)), minute(0)).unwrap();
    let mut codes = histories(&market);
    (codes[3].bars, codes[3].places) = (vec![], vec![]);
    let loaded = load(&mut bulk, SOURCE, &codes, minute(2));
    assert_eq!((loaded.complete_days, loaded.incomplete_days), (20, 0));
    assert_eq!(loaded.rows, loaded.bars);
    drop(bulk);
    let reasons = "SELECT DISTINCT reason FROM partition WHERE source = 'tdx'";
    assert_eq!(read_tail::<String>(folder.path(), reasons), ["backfilled"]);
}

#[test]
fn a_code_that_was_not_asked_for_is_missing_until_it_is() {
    let market = Market::generate(82, 9, 20);
    let folder = tempfile::tempdir().unwrap();
    let mut bulk = writer(folder.path());
    bulk.commit(market.reference(minute(0)), minute(0)).unwrap();
    let mut codes = histories(&market);
    // One code delisted on the way is forgotten by the vendor: nobody expects it. Another one is still listed.
    let forgotten = codes.pop().unwrap();
    assert!(market.instruments[8].delisted.is_some_and(|day| day < minute(0).date_naive()));
    let missing = codes.remove(4);
    let loaded = load(&mut bulk, SOURCE, &codes, minute(2));
    assert_eq!((loaded.complete_days, loaded.rows), (0, 0));
    let loaded = load(&mut bulk, SOURCE, &[missing], minute(3));
    assert_eq!(loaded.incomplete_days, 0);
    let all: usize = codes.iter().map(|code| code.bars.len()).sum();
    assert_eq!(loaded.rows, all as u64 + loaded.bars);
    // What the vendor remembers later fits in.
    let more = load(&mut bulk, SOURCE, &[forgotten], minute(4));
    assert_eq!(more.rows, loaded.rows + more.bars);
}

#[test]
fn a_response_from_before_the_close_says_nothing_about_the_day() {
    let market = Market::generate(83, 8, 20);
    let folder = tempfile::tempdir().unwrap();
    let mut bulk = writer(folder.path());
    bulk.commit(market.reference(minute(0)), minute(0)).unwrap();
    let last = *market.days.last().unwrap();
    let mut codes = histories(&market);
    for code in &mut codes[..5] {
        // Fetched in the morning of the last day: a bar of that day cannot be in it.
        code.bars.retain(|bar| bar.trade_date < last);
        code.places.truncate(code.bars.len());
        let morning = last.and_hms_opt(2, 0, 0).unwrap().and_utc();
        code.responses.iter_mut().for_each(|response| response.fetched_at = morning);
    }
    let loaded = load(&mut bulk, SOURCE, &codes, minute(2));
    assert_eq!((loaded.complete_days, loaded.incomplete_days), (19, 1));
}

#[test]
fn days_on_which_nothing_trades_and_days_that_the_vendor_lost_are_not_complete() {
    let market = Market::generate(84, 9, 20);
    let folder = tempfile::tempdir().unwrap();
    let mut bulk = writer(folder.path());
    prepare(&mut bulk, &market);
    let mut codes = histories(&market);
    let lost = market.days[12];
    for (at, code) in codes.iter_mut().enumerate() {
        code.bars.retain(|bar| bar.trade_date != lost || at == 1);
        if at == 1 {
            let weekend = code.bars.iter().position(|bar| bar.trade_date == market.days[3]).unwrap();
            let mut phantom = code.bars[weekend].clone();
            phantom.trade_date = market.days[0] - Days::new(1);
            code.bars.insert(0, phantom);
        }
        code.places = (0..code.bars.len()).map(|row| (0, row as u32)).collect();
    }
    let loaded = load(&mut bulk, SOURCE, &codes, minute(2));
    assert_eq!((loaded.complete_days, loaded.incomplete_days), (19, 2));
}

#[test]
fn days_that_a_load_completed_stay_complete_when_the_list_of_instruments_changes() {
    let market = Market::generate(85, 9, 20);
    let folder = tempfile::tempdir().unwrap();
    let mut bulk = writer(folder.path());
    let early = days(&market, market.all_days(minute(1)), 0..15);
    prepare(&mut bulk, &market);
    load(&mut bulk, SOURCE, &staged(&market, SOURCE, &of_source(early, SOURCE), minute(1)), minute(2));
    let curated = bulk.logical_sums().unwrap().0["curated_daily"].rows;
    assert!(curated > 0);
    let mut larger = market.clone();
    let mut another = market.instruments[2].clone();
    another.code = "600999.SH".parse().unwrap();
    larger.instruments.push(another);
    bulk.commit(larger.reference(minute(3)), minute(3)).unwrap();
    assert_eq!(bulk.logical_sums().unwrap().0["curated_daily"].rows, curated);
}
