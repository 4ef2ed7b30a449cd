//! Several sources for one day: who fills in, who takes over, and what the log says of it.

use std::path::Path;

use crate::{
    market::{Market, minute, read_tail, writer},
    vendors::{
        TDX, bars_from, bars_of, busy, foreign_bars, foreign_listing, from_source, one_response, rows, tdx_bars,
        tdx_day,
    },
};

/// `day source rows` of the curated rows.
fn curated(root: &Path) -> Vec<String> {
    let sql = "SELECT trade_date || ' ' || source || ' ' || count(*) FROM curated_daily
               GROUP BY trade_date, source ORDER BY ALL";
    read_tail(root, sql)
}

#[test]
fn the_next_source_fills_in_and_the_winner_takes_the_rows_back_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let (market, mut writer) = (busy(61), writer(folder.path()));
    writer.commit(market.reference(minute(0)), minute(0)).unwrap();
    for at in 0..4 {
        writer.commit(market.day_batch(at, minute(1)), minute(1)).unwrap();
    }
    // The first source is down for two days.
    for at in 4..6 {
        let filled = writer.commit(tdx_day(&market, at, minute(2)), minute(2)).unwrap();
        assert_eq!(filled.dates, [market.days[at]]);
        assert!(filled.withheld.is_empty());
    }
    let count = |at: usize| bars_of(&market, at).count();
    // It comes back with the second of them, and with another close for one code.
    let mut late = market.day_batch(5, minute(3));
    late.daily[0].value.close += 0.03;
    assert_eq!(writer.commit(late, minute(3)).unwrap().dates, [market.days[5]]);
    writer.reopen().unwrap();
    drop(writer);
    let root = folder.path();
    let day = |at: usize, source: &str| format!("{} {source} {}", market.days[at], count(at));
    assert_eq!(curated(root)[3..], [day(3, "tushare"), day(4, TDX), day(5, "tushare")]);
    let log =
        "SELECT check_name || ' ' || severity || ' ' || trade_date || ' ' || message || ' ' || (closed_at IS NOT NULL)
               FROM quality_log";
    let expected = format!(
        "source_replaced info {} tushare took over {} rows from tdx, 1 of them with another close true",
        market.days[5],
        count(5)
    );
    assert_eq!(read_tail::<String>(root, log), [expected]);
    let earlier =
        format!("SELECT count(*) FROM normalized_daily WHERE source = 'tdx' AND trade_date = '{}'", market.days[5]);
    assert_eq!(read_tail::<i64>(root, &earlier), [count(5) as i64], "the row before stays as the source's own");
}

#[test]
fn a_takeover_in_parts_is_one_entry() {
    let folder = tempfile::tempdir().unwrap();
    let (market, mut writer) = (busy(62), writer(folder.path()));
    writer.commit(market.reference(minute(0)), minute(0)).unwrap();
    writer.commit(market.day_batch(0, minute(1)), minute(1)).unwrap();
    writer.commit(tdx_day(&market, 1, minute(1)), minute(1)).unwrap();
    // Nearly all of the answer, enough for a complete day; then the last row.
    let mut options = crate::market::options();
    options.coverage_percent = 50.0;
    drop(writer);
    let mut writer = warehouse::Writer::open(folder.path(), options).unwrap();
    let whole = market.day_batch(1, minute(2));
    let mut most = whole.clone();
    most.daily.pop();
    writer.commit(most, minute(2)).unwrap();
    for _ in 0..2 {
        writer.commit(whole.clone(), minute(3)).unwrap();
    }
    drop(writer);
    let rows = "SELECT (details->>'rows')::BIGINT FROM quality_log WHERE check_name = 'source_replaced'";
    assert_eq!(read_tail::<i64>(folder.path(), rows), [whole.daily.len() as i64]);
}

#[test]
fn one_code_that_the_winner_lacks_comes_from_the_next_source() {
    let folder = tempfile::tempdir().unwrap();
    let (market, mut writer) = (Market::generate(63, 60, 3), writer(folder.path()));
    writer.commit(market.reference(minute(0)), minute(0)).unwrap();
    for at in 0..2 {
        writer.commit(tdx_day(&market, at, minute(1)), minute(1)).unwrap();
        let mut answer = market.day_batch(at, minute(1));
        answer.daily.truncate(if at == 1 { answer.daily.len() - 1 } else { usize::MAX });
        assert!(writer.commit(answer, minute(1)).unwrap().withheld.is_empty());
    }
    drop(writer);
    let root = folder.path();
    assert_eq!(
        curated(root).last().unwrap(),
        &format!("{} tushare {}", market.days[1], bars_of(&market, 1).count() - 1)
    );
    let from_tdx = "SELECT count(*) FROM curated_daily WHERE source = 'tdx'";
    assert_eq!(read_tail::<i64>(root, from_tdx), [1]);
}

#[test]
fn codes_outside_the_stock_market_need_no_partition_and_make_none() {
    let folder = tempfile::tempdir().unwrap();
    let (market, mut writer) = (Market::generate(64, 5, 30), writer(folder.path()));
    writer.commit(market.reference(minute(0)), minute(0)).unwrap();
    writer.commit(market.all_days(minute(1)), minute(1)).unwrap();
    let partitions = writer.status().unwrap().partitions;
    let mainland = writer.logical_sums().unwrap().0["curated_daily"].rows;

    let first = market.days[0];
    let codes = ["AAPL.US", "0700.HK", "GSPC.IDX", "USDCNY.FX"];
    let bars = codes.iter().flat_map(|code| foreign_bars(code, first, 40)).collect();
    let committed = writer.commit(bars_from("yahoo", bars, minute(2)), minute(2)).unwrap();
    assert_eq!(committed.dates.len(), 40, "every day of theirs, trading day or not");
    let index = foreign_bars("000001.SH", first, 40);
    writer.commit(from_source(bars_from("tushare", index, minute(2)), "tushare"), minute(2)).unwrap();
    // Their listing makes the mainland's days be judged again: to the same end.
    let listings = rows(codes.iter().map(|code| foreign_listing(code, "name")).collect());
    writer
        .commit(warehouse::Batch { instruments: listings, ..one_response("yahoo", "list", minute(3)) }, minute(3))
        .unwrap();
    assert_eq!(writer.status().unwrap().partitions, partitions);
    assert_eq!(writer.logical_sums().unwrap().0["curated_daily"].rows, mainland + 5 * 40);
    assert_eq!(writer.instruments().unwrap().len(), 5 + codes.len());
    // A whole answer about the stock market says nothing about them.
    let again = writer.commit(market.day_batch(3, minute(9)), minute(9)).unwrap();
    assert_eq!((again.vanished, again.changed), (0, false));
    assert!(writer.status().unwrap().open_findings.is_empty());
    drop(writer);
    let root = folder.path();
    let odd =
        "SELECT count(*) FROM curated_daily WHERE code LIKE '%.US' AND (adj_factor <> 1 OR factor_basis <> 'first_bar'
               OR amount IS NOT NULL)";
    assert_eq!(read_tail::<i64>(root, odd), [0]);
    let features = "SELECT count(*) FROM feature_daily WHERE code = 'AAPL.US' AND ma_20 IS NOT NULL";
    assert_eq!(read_tail::<i64>(root, features), [21]);
}

#[test]
fn a_missing_day_abroad_is_no_gap_and_a_better_source_takes_over() {
    let folder = tempfile::tempdir().unwrap();
    let (market, mut writer) = (Market::generate(65, 4, 4), writer(folder.path()));
    let bars = foreign_bars("AAPL.US", market.days[0], 12);
    let mut holes = bars.clone();
    holes.retain(|bar| bar.trade_date != bars[5].trade_date);
    writer.commit(bars_from("alpha_vantage", holes, minute(1)), minute(1)).unwrap();
    // The first of these is only the evidence that both mean the same.
    let better: Vec<_> = bars[2..8].to_vec();
    let committed = writer.commit(bars_from("yahoo", better, minute(2)), minute(2)).unwrap();
    assert_eq!(committed.dates, bars[3..8].iter().map(|bar| bar.trade_date).collect::<Vec<_>>());
    drop(writer);
    let root = folder.path();
    let sources = "SELECT string_agg(source, ' ' ORDER BY trade_date) FROM curated_daily";
    let of = |source: &'static str, days: usize| std::iter::repeat_n(source, days);
    let expected: Vec<_> = of("alpha_vantage", 3).chain(of("yahoo", 5)).chain(of("alpha_vantage", 4)).collect();
    assert_eq!(read_tail::<String>(root, sources), [expected.join(" ")]);
    assert_eq!(read_tail::<i64>(root, "SELECT count(*) FROM curated_daily WHERE adj_factor <> 1"), [0]);
}

#[test]
fn bars_that_reach_back_are_evidence_and_open_no_day() {
    let folder = tempfile::tempdir().unwrap();
    let (market, mut writer) = (Market::generate(66, 6, 6), writer(folder.path()));
    writer.commit(market.reference(minute(0)), minute(0)).unwrap();
    // Two of six codes: their days are nobody's whole answer.
    let bars = (0..5).flat_map(|at| bars_of(&market, at).take(2)).collect();
    let committed = writer.commit(tdx_bars(bars, minute(1)), minute(1)).unwrap();
    assert!(committed.dates.is_empty() && committed.withheld.is_empty());
    assert!(writer.status().unwrap().partitions.is_empty());
}

#[test]
fn the_better_sources_word_about_a_listing_counts_in_any_order() {
    let name = |code: &str, source: &str, at| {
        let listing = rows(vec![foreign_listing(code, &format!("{code} by {source}"))]);
        warehouse::Batch { instruments: listing, ..one_response(source, "list", minute(at)) }
    };
    let mut batches = vec![
        name("AAPL.US", "yahoo", 1),
        name("AAPL.US", "alpha_vantage", 2),
        name("000300.SH", "tushare", 1),
        name("000300.SH", "tdx", 2),
        name("000300.SH", "yahoo", 3),
    ];
    for _ in 0..2 {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = writer(folder.path());
        for batch in &batches {
            writer.commit(batch.clone(), minute(9)).unwrap();
        }
        let names: Vec<_> = writer.instruments().unwrap().into_iter().map(|listing| listing.instrument.name).collect();
        assert_eq!(names, ["000300.SH by tushare", "AAPL.US by yahoo"]);
        batches.reverse();
    }
}
