//! A refused row on its way: put aside by the writer, published, read by a reader.

use std::sync::Arc;

use market_model::rulebook::NoLimitDays;
use quality_rules::{Days, History, Options, Severity, check_code};
use warehouse::{FindingFilter, Generation, QuarantineFilter, Reader, ReaderOptions};

use crate::market::{Market, SOURCE, minute, writer};

/// Which of the last day's bars is bad.
const BAD: usize = 3;

fn open(published: &std::path::Path) -> Arc<Generation> {
    Reader::open(published, ReaderOptions::default()).unwrap().current().unwrap()
}

#[test]
fn a_refused_row_is_in_the_log_and_in_the_quarantine_and_nowhere_else() {
    let folder = tempfile::tempdir().unwrap();
    let published = folder.path().join("published");
    let (market, mut writer) = (Market::generate(61, 60, 12), writer(folder.path()));
    writer.commit(market.reference(minute(0)), minute(0)).unwrap();
    let last = market.days.len() - 1;
    for at in 0..last {
        writer.commit(market.day_batch(at, minute(1)), minute(1)).unwrap();
    }
    let mut batch = market.day_batch(last, minute(2));
    let items: Vec<_> = batch.daily.iter().map(|bar| format!("[\"{}\",0.000]", bar.value.code)).collect();
    let body = format!("{{\"data\":{{\"fields\":[\"ts_code\",\"close\"],\"items\":[{}]}}}}", items.join(","));
    batch.responses[0].body = body.into_bytes();
    batch.daily[BAD].value.close = 0.0;
    let (code, date, rows) = (batch.daily[BAD].value.code, market.days[last], batch.daily.len() as u64);
    writer.commit(batch, minute(2)).unwrap();
    writer.publish(minute(3)).unwrap();
    let in_tail = open(&published);
    writer.compact(minute(4)).unwrap();
    writer.publish(minute(5)).unwrap();
    let in_base = open(&published);

    let filter = QuarantineFilter { state: Some("held".to_owned()), ..QuarantineFilter::default() };
    let held = in_tail.quarantine(&filter).unwrap().rows;
    assert_eq!(held, in_base.quarantine(&filter).unwrap().rows);
    let [row] = held.as_slice() else { panic!("{held:?}") };
    assert_eq!(
        (row.rule.as_str(), row.code.as_deref(), row.trade_date),
        ("nonpositive_price", Some(code.as_str()), Some(date))
    );
    let raw = in_tail.quarantined(&row.id).unwrap().unwrap().raw.unwrap();
    assert_eq!(raw.row.unwrap().get(), format!("[\"{code}\",0.000]"));
    assert!(in_base.quarantined(&row.id).unwrap().unwrap().raw.is_none(), "the response lies in the archive");

    for generation in [&in_tail, &in_base] {
        let filter = FindingFilter {
            severity: Some(Severity::Error),
            check: Some("nonpositive_price".to_owned()),
            open_only: true,
            ..FindingFilter::default()
        };
        let found = generation.findings(&filter).unwrap().findings;
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0].code, found[0].trade_date, found[0].generation), (Some(code), Some(date), None));
        let counts = generation.open_finding_counts().unwrap();
        assert!(counts.contains(&("nonpositive_price".to_owned(), "error".to_owned(), 1)), "{counts:?}");
        let of_day: Vec<_> = generation.day_counts(date, date).unwrap();
        let daily = of_day.iter().find(|count| count.dataset == "daily").unwrap();
        assert_eq!((daily.source.as_str(), daily.rows), (SOURCE, rows - 1));
        generation
            .scan_histories(Days::Only(&[date]), None, &mut |history| {
                assert_eq!(
                    history.rows.iter().any(|row| row.date == date),
                    history.code != code && traded(&market, history)
                );
                Ok(())
            })
            .unwrap();
    }
    let columns: Vec<_> =
        in_tail.day_counts(date, date).unwrap().into_iter().filter_map(|count| count.columns).collect();
    assert!(columns.contains(&vec!["ts_code".to_owned(), "close".to_owned()]), "{columns:?}");
}

fn traded(market: &Market, history: &History<'_>) -> bool {
    let quotes = &market.quotes[market.days.len() - 1];
    quotes.iter().any(|(code, quote)| *code == history.code && quote.is_some())
}

#[test]
fn a_compaction_changes_nothing_of_what_the_rules_are_handed_and_find() {
    let folder = tempfile::tempdir().unwrap();
    let published = folder.path().join("published");
    let (market, mut writer) = (Market::generate(62, 20, 90), writer(folder.path()));
    writer.commit(market.reference(minute(0)), minute(0)).unwrap();
    writer.commit(market.all_days(minute(1)), minute(1)).unwrap();
    writer.publish(minute(2)).unwrap();
    let in_tail = open(&published);
    writer.compact(minute(3)).unwrap();
    writer.publish(minute(4)).unwrap();
    let in_base = open(&published);
    assert!(in_base.manifest().base.is_some() && in_tail.manifest().base.is_none());
    let some: Vec<_> = market.days[40..43].iter().chain(&market.days[85..]).copied().collect();
    for days in [Days::All, Days::Only(&some)] {
        let (before, after) = (handed_over(&in_tail, days), handed_over(&in_base, days));
        assert!(before.iter().any(|(_, rows, _)| *rows > 5));
        assert_eq!(before, after);
    }
}

/// Every history as text with its number of rows, and what the rules find in it.
fn handed_over(generation: &Generation, days: Days<'_>) -> Vec<(String, usize, String)> {
    let facts = generation.market_facts().unwrap();
    let (no_limit_days, options) = (NoLimitDays::default(), Options::default());
    let market = facts.market(&no_limit_days, &options);
    let mut histories = Vec::new();
    let each = &mut |history: &History<'_>| {
        let mut findings = Vec::new();
        check_code(&market, history, days, &mut findings);
        histories.push((format!("{history:?}"), history.rows.len(), format!("{findings:?}")));
        Ok(())
    };
    generation.scan_histories(days, None, each).unwrap();
    histories
}
