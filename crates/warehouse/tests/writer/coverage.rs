//! Days that are served, withheld and released.

use warehouse::Writer;

use crate::{
    market::{Market, SOURCE, minute, read_tail, writer},
    vendors::from_source,
};

fn curated_days(writer: Writer, folder: &std::path::Path) -> Vec<String> {
    drop(writer);
    read_tail(folder, "SELECT DISTINCT trade_date::VARCHAR FROM curated_daily ORDER BY 1")
}

#[test]
fn a_day_that_came_in_part_is_withheld_until_the_rest_comes() {
    let folder = tempfile::tempdir().unwrap();
    let (market, mut writer) = (Market::generate(2, 6, 6), writer(folder.path()));
    writer.commit(market.reference(minute(0)), minute(0)).unwrap();
    let committed = writer.commit(market.answer(1, 50, minute(1)), minute(1)).unwrap();
    assert!(committed.changed && committed.dates.is_empty());
    let [withheld] = committed.withheld.as_slice() else { panic!("{committed:?}") };
    assert!(withheld.present < withheld.expected, "{withheld:?}");
    assert!(withheld.reason.contains("98 % are required"), "{withheld:?}");
    assert_eq!(writer.withheld().unwrap(), committed.withheld);
    assert_eq!(writer.status().unwrap().last_trade_date, None);

    let committed = writer.commit(market.day_batch(1, minute(2)), minute(2)).unwrap();
    assert_eq!((committed.released.as_slice(), committed.withheld.len()), ([market.days[1]].as_slice(), 0));
    assert_eq!(committed.dates, [market.days[1]]);
    assert_eq!(curated_days(writer, folder.path()), [market.days[1].to_string()]);
}

#[test]
fn without_reference_data_a_day_is_withheld_and_released_by_it() {
    let folder = tempfile::tempdir().unwrap();
    let (market, mut writer) = (Market::generate(3, 6, 6), writer(folder.path()));
    assert!(!writer.has_reference().unwrap());
    let committed = writer.commit(market.day_batch(0, minute(1)), minute(1)).unwrap();
    assert_eq!(committed.withheld[0].reason, "no reference data");
    let committed = writer.commit(market.reference(minute(2)), minute(2)).unwrap();
    assert!(writer.has_reference().unwrap());
    assert_eq!(committed.released, [market.days[0]]);
    assert_eq!(committed.dates, [market.days[0]]);
    assert_eq!(writer.calendar().unwrap().is_open(market.days[0]), Some(true));
}

#[test]
fn a_day_is_taken_back_when_it_turns_out_that_more_codes_were_listed() {
    let folder = tempfile::tempdir().unwrap();
    let (market, mut writer) = (Market::generate(4, 6, 6), writer(folder.path()));
    let mut few = market.clone();
    few.instruments.truncate(4);
    writer.commit(few.reference(minute(0)), minute(0)).unwrap();
    let mut part = market.day_batch(0, minute(1));
    let known = |code| few.instruments.iter().any(|instrument| instrument.code == code);
    part.daily.retain(|row| known(row.value.code));
    assert_eq!(writer.commit(part, minute(1)).unwrap().dates, [market.days[0]]);
    let committed = writer.commit(market.reference(minute(2)), minute(2)).unwrap();
    assert!(committed.changed);
    assert_eq!(committed.dates, [market.days[0]]);
    assert_eq!(writer.withheld().unwrap().len(), 1);
    assert!(curated_days(writer, folder.path()).is_empty());
    assert_eq!(read_tail::<i64>(folder.path(), "SELECT count(*) FROM feature_daily"), [0]);
}

#[test]
fn missing_days_are_the_trading_days_that_nobody_brought() {
    let folder = tempfile::tempdir().unwrap();
    let (market, mut writer) = (Market::generate(5, 6, 6), writer(folder.path()));
    writer.commit(market.reference(minute(0)), minute(0)).unwrap();
    writer.commit(market.day_batch(1, minute(1)), minute(1)).unwrap();
    writer.commit(market.answer(3, 50, minute(2)), minute(2)).unwrap();
    let missing = writer.missing_partitions(SOURCE, market.days[0], market.days[4]).unwrap();
    assert_eq!(missing, [market.days[0], market.days[2], market.days[4]]);
    assert_eq!(writer.missing_partitions("tdx", market.days[0], market.days[1]).unwrap(), market.days[..2]);
}

#[test]
fn days_that_come_code_by_code_count_once_they_are_whole() {
    let folder = tempfile::tempdir().unwrap();
    let (market, mut writer) = (Market::generate(6, 4, 6), writer(folder.path()));
    writer.commit(market.reference(minute(0)), minute(0)).unwrap();
    for suspension_day in 0..market.days.len() {
        let mut batch = market.day_batch(suspension_day, minute(1));
        (batch.partitions, batch.daily) = (vec![], vec![]);
        writer.commit(batch, minute(1)).unwrap();
    }
    let mut dates = vec![];
    for instrument in &market.instruments {
        assert!(dates.is_empty(), "no day is whole before the last code came");
        let mut history = market.day_batch(0, minute(2));
        history.partitions.clear();
        history.daily.clear();
        for at in 0..market.days.len() {
            let rows = market.day_batch(at, minute(2)).daily.into_iter();
            history.daily.extend(rows.filter(|row| row.value.code == instrument.code));
        }
        dates = writer.commit(history, minute(2)).unwrap().dates;
        if instrument.code != market.instruments[market.instruments.len() - 1].code {
            dates.retain(|day| market.quotes[market.days.iter().position(|d| d == day).unwrap()].len() == 4);
        }
    }
    assert!(!dates.is_empty());
    let (sums, _) = writer.logical_sums().unwrap();
    assert_eq!(sums["curated_daily"].rows, sums["normalized_daily"].rows);
}

#[test]
fn where_the_better_source_is_incomplete_the_next_one_counts_until_it_is_whole() {
    let market = Market::generate(8, 6, 6);
    let mut cheaper = from_source(market.day_batch(2, minute(2)), "tdx");
    cheaper.daily.iter_mut().for_each(|row| row.value.amount = row.value.amount.map(|amount| amount + 1.0));
    let part = market.answer(2, 50, minute(1));
    let whole = market.day_batch(2, minute(3));
    let sources = |folder: &std::path::Path| {
        read_tail::<String>(
            folder,
            "SELECT DISTINCT source FROM curated_daily UNION SELECT DISTINCT source FROM feature_daily",
        )
    };
    let mut hashes = vec![];
    for order in [[&part, &cheaper, &whole], [&whole, &part, &cheaper], [&cheaper, &whole, &part]] {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = writer(folder.path());
        writer.commit(market.reference(minute(0)), minute(0)).unwrap();
        for (at, batch) in order.into_iter().enumerate() {
            writer.commit(batch.clone(), minute(10 + at as i64)).unwrap();
            if order[0] == &part && at == 1 {
                writer.reopen().unwrap();
                assert_eq!(writer.withheld().unwrap().len(), 1, "the better source's day is withheld");
                let (sums, _) = writer.logical_sums().unwrap();
                assert_eq!(sums["curated_daily"].rows, cheaper.daily.len() as u64);
            }
        }
        hashes.push(writer.logical_sums().unwrap());
        drop(writer);
        assert_eq!(sources(folder.path()), ["tushare"]);
    }
    assert!(hashes.iter().all(|hash| *hash == hashes[0]));
}
