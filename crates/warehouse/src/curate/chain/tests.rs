use chrono::DateTime;
use market_model::CorporateAction;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::SourcePolicy;

const SHARE: &str = "600000.SH";

fn day(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2024, 1, day).unwrap()
}

fn bar(source: &str, on: u32, close: f64) -> Bar {
    Bar {
        date: day(on),
        raw: [close; 4],
        volume: 100,
        amount: close * 100.0,
        pre_close: None,
        vendor_factor: None,
        source: source.into(),
        ingested_at: DateTime::default(),
        counts: true,
    }
}

/// One of Tushare's, with a reference price and a factor.
fn full(on: u32, close: f64, pre_close: f64, vendor_factor: f64) -> Bar {
    Bar { pre_close: Some(pre_close), vendor_factor: Some(vendor_factor), ..bar("tushare", on, close) }
}

fn evidence(bar: Bar) -> Bar {
    Bar { counts: false, ..bar }
}

fn events(events: &[(u32, f64, f64)]) -> Events {
    let action = |(ex_date, cash_per_10, bonus_per_10): &(u32, f64, f64)| CorporateAction {
        code: SHARE.parse().unwrap(),
        ex_date: day(*ex_date),
        announced: None,
        cash_per_10: *cash_per_10,
        bonus_per_10: *bonus_per_10,
        rights_per_10: 0.0,
        rights_price: 0.0,
    };
    Events::choose(events.iter().map(|event| ("tdx", action(event))), &SourcePolicy::default().corporate_action)
}

fn chain_of(code: &str, bars: &[Bar], events: &Events, gap: bool) -> Chained {
    let start = Start::First { listed: bars.first().map(|bar| bar.date) };
    chain(&Series { code: code.parse().unwrap(), start: &start, bars, events, sealed: &[] }, |_, _| gap)
}

fn factors(chained: &Chained) -> Vec<f64> {
    chained.rows.iter().map(|row| row.factor).collect()
}

fn sources(chained: &Chained) -> Vec<(u32, &str)> {
    use chrono::Datelike as _;
    chained.rows.iter().map(|row| (row.date.day(), &*row.source)).collect()
}

fn noticed(chained: &Chained) -> Vec<(Check, NaiveDate)> {
    chained.findings.iter().map(|finding| (finding.check, finding.date)).collect()
}

#[test]
fn the_chain_starts_at_one_and_grows_at_ex_dates_only() {
    // Ex-date on the 4th: reference 6 after a close of 12.
    let bars = [full(2, 10.0, 9.0, 1.0), full(3, 12.0, 10.0, 1.0), full(4, 6.5, 6.0, 2.0), full(5, 7.0, 6.5, 2.0)];
    let chained = chain_of(SHARE, &bars, &Events::default(), false);
    assert_eq!(factors(&chained), [1.0, 1.0, 2.0, 2.0]);
    assert!(chained.rows.iter().all(|row| row.basis == FactorBasis::Listing));
    assert_eq!(chained.rows[3].adjusted()[3], 14.0);
    assert!(chained.findings.is_empty());
}

#[test]
fn without_a_reference_price_the_events_count_then_the_vendors_factor() {
    let factor = |source: &str, on, close, factor| Bar { vendor_factor: factor, ..bar(source, on, close) };
    let bars = [
        factor("tdx", 2, 10.0, Some(3.0)),
        // Suspended from the 3rd to the 8th: 10 per 10 on the 4th, 5 yuan in cash per 10 on the 5th, both in the first bar after.
        factor("tdx", 9, 4.6, Some(6.0)),
        factor("tdx", 10, 4.6, Some(6.6)),
        factor("tdx", 11, 4.6, None),
    ];
    let events = events(&[(4, 0.0, 10.0), (5, 5.0, 0.0), (20, 0.0, 10.0)]);
    let chained = chain_of(SHARE, &bars, &events, false);
    let after = 10.0 / 4.5;
    assert_eq!(factors(&chained), [1.0, after, after * (6.6 / 6.0), after * (6.6 / 6.0)], "events, vendor, nothing");
}

#[test]
fn over_an_unknown_gap_the_vendors_ratio_comes_first_and_the_events_next() {
    let bars = [full(2, 10.0, 9.0, 1.0), full(5, 7.0, 6.5, 2.0)];
    let events = events(&[(4, 5.0, 0.0)]);
    assert_eq!(factors(&chain_of(SHARE, &bars, &events, true)), [1.0, 2.0]);
    let without = bars.map(|bar| Bar { vendor_factor: None, ..bar });
    assert_eq!(factors(&chain_of(SHARE, &without, &events, true)), [1.0, 10.0 / 9.5]);
    assert_eq!(factors(&chain_of(SHARE, &without, &Events::default(), true)), [1.0, 1.0]);
}

#[test]
fn gaps_are_asked_about_for_shares_only_and_an_index_has_no_events() {
    let bars = [full(2, 10.0, 9.0, 1.0), full(5, 7.0, 6.5, 1.0)];
    for (code, expected) in [("AAPL.US", 10.0 / 6.5), ("510300.SH", 10.0 / 6.5), ("000001.SH", 1.0), ("GSPC.IDX", 1.0)]
    {
        let start = Start::First { listed: None };
        let series =
            Series { code: code.parse().unwrap(), start: &start, bars: &bars, events: &Events::default(), sealed: &[] };
        let chained = chain(&series, |_, _| panic!("{code}: nobody knows its trading days"));
        assert_eq!(factors(&chained), [1.0, expected], "{code}");
    }
}

#[test]
fn another_source_continues_the_series_if_it_had_the_same_close_the_day_before() {
    let tdx = |close| bar("tdx", 3, close);
    for (own_close, continues) in [(10.0, true), (10.005, true), (9.995, true), (10.006, false), (10.01, false)] {
        let bars = [full(2, 10.0, 9.0, 1.0), evidence(bar("tdx", 2, own_close)), tdx(10.3)];
        let chained = chain_of(SHARE, &bars, &Events::default(), false);
        let expected: &[_] = if continues { &[(2, "tushare"), (3, "tdx")] } else { &[(2, "tushare")] };
        assert_eq!(sources(&chained), expected, "{own_close}");
        assert_eq!(noticed(&chained).is_empty(), continues, "{own_close}");
    }
    // Without a bar there and without a reference price nothing is known.
    let chained = chain_of(SHARE, &[full(2, 10.0, 9.0, 1.0), tdx(10.3)], &Events::default(), false);
    assert_eq!(noticed(&chained), [(Check::SourceSeam, day(3))]);
}

#[test]
fn without_a_bar_the_day_before_the_reference_price_must_fit_the_close_or_the_events() {
    let events = events(&[(3, 5.0, 0.0)]);
    for (reference, events, continues) in [
        (10.0, &Events::default(), true),
        (9.5, &Events::default(), false),
        (9.5, &events, true),
        (9.49, &events, false),
    ] {
        let bars = [bar("tdx", 2, 10.0), full(3, 9.7, reference, 5.0)];
        let chained = chain_of(SHARE, &bars, events, false);
        assert_eq!(chained.rows.len() == 2, continues, "{reference}");
        if continues {
            assert_eq!(chained.rows[1].factor, market_model::factor_step(10.0, reference));
        }
    }
}

#[test]
fn where_the_best_source_does_not_continue_the_next_one_does() {
    let bars = [
        bar("tdx", 2, 10.0),
        // It had another close, and it starts from another one.
        full(3, 11.0, 10.9, 1.0),
        bar("tdx", 3, 10.2),
        full(4, 10.4, 10.2, 1.0),
        bar("tdx", 4, 10.4),
    ];
    let chained = chain_of(SHARE, &bars, &Events::default(), false);
    assert_eq!(sources(&chained), [(2, "tdx"), (3, "tdx"), (4, "tdx")], "its own close of the 3rd is 11.00, not 10.20");
    assert_eq!(
        noticed(&chained),
        [(Check::FactorDisagrees, day(3))],
        "its reference price is not what the series says"
    );
}

#[test]
fn a_day_without_a_row_is_a_gap_for_the_next_one() {
    let bars = [full(2, 10.0, 9.0, 1.0), bar("tdx", 3, 5.0), full(4, 6.0, 5.0, 3.0)];
    let chained = chain_of(SHARE, &bars, &Events::default(), false);
    assert_eq!(sources(&chained), [(2, "tushare"), (4, "tushare")]);
    assert_eq!(factors(&chained), [1.0, 3.0], "not 10 / 5, for 10 is not the close before 5: the vendor's ratio");
    let [finding] = chained.findings.as_slice() else { panic!("{:?}", chained.findings) };
    assert_eq!((finding.check, finding.date), (Check::SourceSeam, day(3)));
    assert_eq!(finding.message, "no bar of tdx continues the series that ends on 2024-01-02 with 10 from tushare");
    assert_eq!(finding.details["refused"][0]["close"], 5.0);
}

#[test]
fn a_sealed_day_keeps_its_row_and_is_reported() {
    let bars = [full(2, 10.0, 9.0, 1.0), bar("tdx", 3, 5.0), bar("tdx", 4, 5.1)];
    let start = Start::First { listed: None };
    let code = SHARE.parse().unwrap();
    let sealed = [day(3)];
    let series = Series { code, start: &start, bars: &bars, events: &Events::default(), sealed: &sealed };
    let chained = chain(&series, |_, _| false);
    assert_eq!(sources(&chained), [(2, "tushare"), (3, "tdx"), (4, "tdx")]);
    assert_eq!(noticed(&chained), [(Check::SourceSeam, day(3))]);
}

#[test]
fn a_factor_that_grows_otherwise_than_a_vendors_is_reported_beyond_rounding() {
    // The reference says 10 / 9.5 = 1.05263; a vendor rounds its factor to three decimals.
    for (before, after, fits) in [(1.0, 1.053, true), (100.0, 105.263, true), (100.0, 105.3, false), (1.0, 1.1, false)]
    {
        let bars = [full(2, 10.0, 9.0, before), full(3, 9.7, 9.5, after)];
        let chained = chain_of(SHARE, &bars, &Events::default(), false);
        assert_eq!(noticed(&chained), if fits { vec![] } else { vec![(Check::FactorDisagrees, day(3))] }, "{after}");
        assert_eq!(factors(&chained), [1.0, 10.0 / 9.5], "the factor is derived all the same");
    }
    // Vendors that were not chosen are heard as well.
    let vendor = |on, close, factor| evidence(full(on, close, close, factor));
    let bars = [bar("tdx", 2, 10.0), vendor(2, 10.0, 1.0), bar("tdx", 3, 10.0), vendor(3, 10.0, 2.0)];
    let chained = chain_of(SHARE, &bars, &Events::default(), false);
    let subjects: Vec<_> = chained.findings.iter().map(|finding| finding.subject.as_str()).collect();
    assert_eq!(subjects, ["tushare"]);
}

#[test]
fn a_reference_price_that_the_chosen_bar_knows_nothing_of_is_reported() {
    // The vendor was away the day before and so does not continue the series; what it says of the ex-date counts as a doubt.
    let bars = [bar("tdx", 2, 10.0), full(3, 9.0, 9.0, 1.0), bar("tdx", 3, 9.0)];
    let chained = chain_of(SHARE, &bars, &Events::default(), false);
    assert_eq!(sources(&chained), [(2, "tdx"), (3, "tdx")]);
    assert_eq!(noticed(&chained), [(Check::FactorDisagrees, day(3))]);
    assert_eq!(chained.findings[0].details["vendor"], 10.0 / 9.0);
    // With the event it continues, and over an unknown gap its reference belongs to another day.
    let with_event = chain_of(SHARE, &bars, &events(&[(3, 10.0, 0.0)]), false);
    assert_eq!((sources(&with_event), noticed(&with_event)), (vec![(2, "tdx"), (3, "tushare")], vec![]));
    assert!(chain_of(SHARE, &bars, &Events::default(), true).findings.is_empty());
}

/// Two sources of which each misses days, disagrees now and then, and may not count.
#[test]
fn an_event_that_the_reference_price_knows_nothing_of_is_reported() {
    // 10 per 10 on the 4th, says the list of events; the exchange's reference is the close before.
    let bars = [full(3, 12.0, 10.0, 1.0), full(4, 12.1, 12.0, 1.0), full(5, 6.1, 6.05, 2.0)];
    let chained = chain_of(SHARE, &bars, &events(&[(4, 0.0, 10.0), (5, 0.0, 10.0), (9, 5.0, 0.0)]), false);
    assert_eq!(factors(&chained), [1.0, 1.0, 2.0]);
    assert_eq!(noticed(&chained), [(Check::FactorDisagrees, day(4))]);
    assert_eq!(
        (&*chained.findings[0].subject, &chained.findings[0].details["vendor"]),
        ("corporate_action", &json!(2.0))
    );
    let gap = chain_of(SHARE, &bars, &events(&[(4, 0.0, 10.0), (5, 0.0, 10.0)]), true);
    assert!(gap.findings.iter().all(|finding| finding.subject != "corporate_action"), "{:?}", gap.findings);
}

fn random_bars(rng: &mut ChaCha8Rng) -> Vec<Bar> {
    let (mut close, mut factor, mut bars) = (1_000_i64, 1.0, Vec::new());
    for on in 2..31 {
        let mut reference = close;
        if rng.random_ratio(1, 6) {
            reference = close * 10 / 11;
            factor *= close as f64 / reference as f64;
        }
        if rng.random_ratio(1, 7) {
            continue;
        }
        close = reference + rng.random_range(-20..20);
        let yuan = |cents: i64| cents as f64 / 100.0;
        let mut both = [full(on, yuan(close), yuan(reference), factor), bar("tdx", on, yuan(close))];
        for bar in &mut both {
            bar.counts = rng.random_ratio(4, 5);
            if rng.random_ratio(1, 9) {
                bar.raw[3] += 0.5;
            }
        }
        bars.extend(both.into_iter().filter(|_| rng.random_ratio(5, 6)));
    }
    bars
}

#[test]
fn taking_a_chain_up_after_any_row_gives_the_same_rows_and_findings() {
    let (mut interrupted, mut mixed) = (0, 0);
    for seed in 0..300 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let bars = random_bars(&mut rng);
        let events = events(&[(rng.random_range(2..31), 1.0, 0.0), (rng.random_range(2..31), 0.0, 2.0)]);
        let (code, gap) = (SHARE.parse().unwrap(), |a: NaiveDate, b: NaiveDate| a < day(15) && b > day(15));
        let first = Start::First { listed: None };
        let whole = chain(&Series { code, start: &first, bars: &bars, events: &events, sealed: &[] }, gap);
        interrupted += whole.findings.iter().filter(|finding| finding.check == Check::SourceSeam).count();
        mixed += whole.rows.windows(2).filter(|pair| pair[0].source != pair[1].source).count();
        for (at, row) in whole.rows.iter().enumerate() {
            let known = bars.iter().filter(|bar| bar.date == row.date).map(|bar| Known {
                source: Arc::clone(&bar.source),
                close: bar.raw[3],
                vendor_factor: bar.vendor_factor,
            });
            let start =
                Start::After(Previous { point: row.point(), source: Arc::clone(&row.source), known: known.collect() });
            let rest: Vec<_> = bars.iter().filter(|bar| bar.date > row.date).cloned().collect();
            let taken_up = chain(&Series { code, start: &start, bars: &rest, events: &events, sealed: &[] }, gap);
            assert_eq!(taken_up.rows, whole.rows[at + 1..], "seed {seed}, after {}", row.date);
            let later: Vec<_> = whole.findings.iter().filter(|finding| finding.date > row.date).cloned().collect();
            assert_eq!(taken_up.findings, later, "seed {seed}, after {}", row.date);
        }
    }
    assert!(interrupted > 100 && mixed > 100, "{interrupted} days without a row, {mixed} changes of source");
}
