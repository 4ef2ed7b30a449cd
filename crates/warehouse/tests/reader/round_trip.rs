//! What a reader answers is what the vendor's answers said.

use std::sync::Arc;

use chrono::{Days, NaiveDate};
use market_model::{Code, DailyBar};
use warehouse::{Batch, Generation, MissingReason, Reader, ReaderOptions, Sourced, verify};

use crate::market::{Market, SOURCE, minute, writer};

/// The market's bars of `code`, as the vendor sent them.
fn quoted(market: &Market, code: Code) -> Vec<(usize, &DailyBar)> {
    let days = market.quotes.iter().enumerate();
    let of_code =
        days.flat_map(|(at, day)| day.iter().filter(|(other, _)| *other == code).map(move |(_, quote)| (at, quote)));
    of_code.filter_map(|(at, quote)| Some((at, &quote.as_ref()?.bar))).collect()
}

/// A vendor's answer in the wire's shape, so that the raw layer has something to find.
fn wire(market: &Market, at: usize) -> String {
    let bars = market.quotes[at].iter().filter_map(|(_, quote)| quote.as_ref());
    let items: Vec<_> = bars.map(|quote| format!("[\"{}\", {:.3}]", quote.bar.code, quote.bar.close)).collect();
    format!("{{\"code\":0,\"data\":{{\"fields\":[\"ts_code\",\"close\"],\"items\":[{}]}}}}", items.join(","))
}

/// Every day's answers in one batch: how they come makes no difference, and one commit is quick.
fn all_days(market: &Market) -> Batch {
    let mut all = Batch { source: SOURCE.to_owned(), ..Batch::default() };
    for at in 0..market.days.len() {
        let mut batch = market.day_batch(at, minute(1));
        batch.responses[0].body = wire(market, at).into_bytes();
        let shift = all.responses.len();
        all.responses.append(&mut batch.responses);
        append(&mut all.daily, batch.daily, shift);
        append(&mut all.basics, batch.basics, shift);
        append(&mut all.limits, batch.limits, shift);
        append(&mut all.suspensions, batch.suspensions, shift);
        all.partitions.append(&mut batch.partitions);
    }
    all
}

fn append<T>(all: &mut Vec<Sourced<T>>, rows: Vec<Sourced<T>>, shift: usize) {
    all.extend(rows.into_iter().map(|row| Sourced { response: row.response + shift, ..row }));
}

fn open(published: &std::path::Path) -> Arc<Generation> {
    let options = ReaderOptions { verify_on_open: true, ..ReaderOptions::default() };
    Reader::open(published, options).unwrap().current().unwrap()
}

#[test]
fn what_was_committed_is_read_back_before_and_after_a_compaction() {
    let folder = tempfile::tempdir().unwrap();
    let published = folder.path().join("published");
    let (market, mut writer) = (Market::generate(31, 6, 40), writer(folder.path()));
    writer.commit(market.reference(minute(0)), minute(0)).unwrap();
    writer.commit(all_days(&market), minute(1)).unwrap();
    assert!(writer.has_unpublished());
    let first = writer.publish(minute(2)).unwrap();
    assert!(!writer.has_unpublished());
    let in_tail = open(&published);
    writer.compact(minute(3)).unwrap();
    let second = writer.publish(minute(4)).unwrap();
    assert_eq!(first.logical_hash, second.logical_hash);
    let in_base = open(&published);
    assert!(in_base.manifest().base.is_some() && in_tail.manifest().base.is_none());

    for generation in [&in_tail, &in_base] {
        for instrument in &market.instruments {
            check_code(generation, &market, instrument.code);
        }
    }
    assert!(verify(&published, None).unwrap().is_whole());
    assert!(verify(&published, Some(first.generation)).unwrap().is_whole());
}

fn check_code(generation: &Generation, market: &Market, code: Code) {
    let (first, last) = (market.days[0], *market.days.last().unwrap());
    let expected = quoted(market, code);
    let mut bars = Vec::new();
    generation.bars(&code, first, last, &mut bars).unwrap();
    let traded = |bar: &DailyBar| (bar.trade_date, bar.open, bar.high, bar.low, bar.close, bar.volume, bar.amount);
    let found: Vec<_> = bars
        .iter()
        .map(|bar| (bar.date, bar.open, bar.high, bar.low, bar.close, bar.volume, Some(bar.amount)))
        .collect();
    assert_eq!(found, expected.iter().map(|(_, bar)| traded(bar)).collect::<Vec<_>>(), "{code}");
    assert!(bars.iter().all(|bar| generation.source_name(bar.source) == SOURCE));
    assert_eq!(generation.anchor(&code).map(|anchor| anchor.factor), bars.last().map(|bar| bar.factor));

    let rows = generation.normalized(&code, first, last).unwrap();
    assert_eq!(
        rows.iter().map(|row| &row.bar).collect::<Vec<_>>(),
        expected.iter().map(|(_, bar)| *bar).collect::<Vec<_>>()
    );

    let missing = generation.missing(&code, first, last).unwrap();
    let absent: u32 = missing.iter().map(|run| run.days).sum();
    assert_eq!(absent as usize + bars.len(), market.days.len(), "{code}: a day has a bar or a reason");
    let instrument = generation.instrument(&code).unwrap();
    for run in &missing {
        let reason =
            if instrument.is_listed_on(run.from) { MissingReason::Suspended } else { MissingReason::NotListed };
        assert_eq!(run.reason, reason, "{code} {run:?}");
    }

    let raw = generation.raw_rows(&code, first, last).unwrap();
    for (row, (_, bar)) in raw.iter().zip(&expected) {
        let text = row.row.as_ref().map(|row| row.get().to_owned());
        assert!(row.archived != text.is_some());
        assert_eq!(
            text.unwrap_or(format!("[\"{code}\", {:.3}]", bar.close)),
            format!("[\"{code}\", {:.3}]", bar.close)
        );
    }
    assert_eq!(raw.len(), expected.len());
}

#[test]
fn stored_and_computed_features_are_the_same_bits() {
    let folder = tempfile::tempdir().unwrap();
    let published = folder.path().join("published");
    let (market, mut writer) = (Market::generate(32, 2, 75), writer(folder.path()));
    writer.commit(market.reference(minute(0)), minute(0)).unwrap();
    writer.commit(all_days(&market), minute(1)).unwrap();
    writer.publish(minute(2)).unwrap();
    let stored = open(&published);
    // A year later nothing is stored any more, and everything is computed.
    let later: NaiveDate = *market.days.last().unwrap() + Days::new(365);
    assert!(writer.expire_features(later).unwrap() > 0);
    writer.publish(minute(3)).unwrap();
    let computed = open(&published);

    let bits = |row: &warehouse::FeatureRow| {
        [
            row.ma_5,
            row.ma_10,
            row.ma_20,
            row.ma_60,
            row.momentum_5d,
            row.momentum_20d,
            row.volatility_20d,
            row.pe_ttm,
            row.pb,
        ]
        .map(|value| value.map(f64::to_bits))
    };
    let mut compared = 0;
    for instrument in &market.instruments {
        let bars = quoted(&market, instrument.code);
        // A short window, the shortest ones, the first full one, and the last days.
        let days = [0, 4, 5, 20, 59, 60].into_iter().chain(bars.len().saturating_sub(8)..bars.len());
        for (_, bar) in days.filter_map(|at| bars.get(at)) {
            let before = stored.features(&bar.code, bar.trade_date).unwrap().unwrap();
            let after = computed.features(&bar.code, bar.trade_date).unwrap().unwrap();
            assert!(after.computed);
            assert_eq!(bits(&before), bits(&after), "{} {}", bar.code, bar.trade_date);
            compared += usize::from(!before.computed);
        }
    }
    assert!(compared > 10, "{compared} stored rows were compared");
}
