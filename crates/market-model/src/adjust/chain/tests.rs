use proptest::prelude::*;

use super::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn bar(date: &str, close: f64, pre_close: f64) -> ChainBar {
    ChainBar { date: day(date), close, pre_close: Some(pre_close), vendor_factor: None }
}

fn event(ex_date: &str, cash: f64, bonus: f64) -> CorporateAction {
    CorporateAction {
        code: "600519.SH".parse().unwrap(),
        ex_date: day(ex_date),
        announced: None,
        cash_per_10: cash,
        bonus_per_10: bonus,
        rights_per_10: 0.0,
        rights_price: 0.0,
    }
}

fn values(chain: &FactorChain) -> Vec<f64> {
    chain.factors().iter().map(|(_, factor)| *factor).collect()
}

#[test]
fn both_ways_of_building_agree() {
    // 1.0 cash and 1 bonus per 10 on the 3rd: (100 − 1) / 11 = 9.00.
    let bars = [bar("2020-01-02", 10.0, 9.9), bar("2020-01-03", 9.2, 9.0), bar("2020-01-06", 9.3, 9.2)];
    let from_events = FactorChain::from_actions(&bars, &[event("2020-01-03", 1.0, 1.0)], None).unwrap();
    let from_pre_close = FactorChain::from_pre_close(&bars, None, |_, _| false).unwrap();
    assert_eq!(from_events, from_pre_close);
    assert_eq!(values(&from_events), [1.0, 10.0 / 9.0, 10.0 / 9.0]);
}

#[test]
fn an_ex_date_inside_a_suspension_takes_effect_on_the_next_bar() {
    let bars = [bar("2007-06-15", 10.0, 10.0), bar("2007-06-20", 9.2, 9.09), bar("2007-06-21", 9.3, 9.2)];
    let chain = FactorChain::from_actions(&bars, &[event("2007-06-18", 0.0, 1.0)], None).unwrap();
    assert_eq!(values(&chain), [1.0, 10.0 / 9.09, 10.0 / 9.09]);
    assert_eq!(chain.factor_on(day("2007-06-19")), Some(1.0), "in force only with the bar");
    assert_eq!(chain.factor_on(day("2007-06-14")), None);
    assert_eq!(chain.factor_on(day("2030-01-01")), Some(10.0 / 9.09));
}

#[test]
fn several_events_of_one_gap_compound_in_order_of_date() {
    // 600519 in May 2006, given in the wrong order: 3.00 cash and 10 bonus, then 5.91 cash.
    let bars = [bar("2006-05-12", 100.0, 99.0), bar("2006-05-25", 50.0, 49.26)];
    let events = [event("2006-05-24", 5.91, 0.0), event("2006-05-19", 3.0, 10.0)];
    let chain = FactorChain::from_actions(&bars, &events, None).unwrap();
    // (1000 − 3) / 20 = 49.85; 49.85 − 0.591 = 49.259, rounded 49.26.
    assert_eq!(values(&chain), [1.0, 100.0 / 49.26]);
    assert_eq!(chain, FactorChain::from_pre_close(&bars, None, |_, _| false).unwrap());
}

#[test]
fn events_outside_the_bars_are_ignored() {
    let bars = [bar("2020-01-02", 10.0, 9.9), bar("2020-01-03", 10.1, 10.0)];
    let events = [event("1990-03-01", 5.0, 5.0), event("2020-01-02", 5.0, 5.0), event("2020-01-06", 5.0, 5.0)];
    let chain = FactorChain::from_actions(&bars, &events, None).unwrap();
    assert_eq!(values(&chain), [1.0, 1.0]);
}

#[test]
fn unknown_days_between_bars_take_the_vendors_ratio() {
    let with_vendor = |mut bar: ChainBar, factor| {
        bar.vendor_factor = Some(factor);
        bar
    };
    let bars = [with_vendor(bar("2020-01-02", 10.0, 9.9), 100.0), with_vendor(bar("2020-02-03", 7.0, 6.9), 110.0)];
    let chain = FactorChain::from_pre_close(&bars, None, |_, _| true).unwrap();
    assert_eq!(values(&chain), [1.0, 1.1]);
    let chain = FactorChain::from_pre_close(&bars, None, |_, _| false).unwrap();
    assert_eq!(values(&chain), [1.0, 10.0 / 6.9]);
}

#[test]
fn the_basis_says_whether_history_reaches_the_listing() {
    let bars = [bar("2020-01-02", 10.0, 9.9)];
    for (listed, expected) in [
        (Some("2020-01-02"), FactorBasis::Listing),
        (Some("2019-12-31"), FactorBasis::FirstBar),
        (None, FactorBasis::FirstBar),
    ] {
        let chain = FactorChain::from_actions(&bars, &[], listed.map(day)).unwrap();
        assert_eq!(chain.basis(), expected);
        assert_eq!(FactorBasis::parse(expected.as_str()), Some(expected));
    }
    let empty = FactorChain::from_actions(&[], &[event("2020-01-02", 1.0, 0.0)], None).unwrap();
    assert!(empty.factors().is_empty());
}

#[test]
fn bad_input_is_an_error_not_a_number() {
    let unsorted = [bar("2020-01-03", 10.0, 9.9), bar("2020-01-02", 10.0, 9.9)];
    assert_eq!(FactorChain::from_actions(&unsorted, &[], None), Err(AdjustError::Unsorted(day("2020-01-02"))));
    let bars = [bar("2020-01-02", 10.0, 9.9), bar("2020-01-03", 10.0, 9.9)];
    let impossible = FactorChain::from_actions(&bars, &[event("2020-01-03", 101.0, 0.0)], None);
    assert_eq!(impossible, Err(AdjustError::ImpossibleEvent { ex_date: day("2020-01-03"), prev_close: 10.0 }));
}

proptest! {
    #[test]
    fn the_chain_is_the_same_forward_from_any_bar_and_in_any_order_of_events(
        closes in proptest::collection::vec(100i64..100_000, 2..60),
        raw_events in proptest::collection::vec((0u64..90, 0i64..50, 0i64..10), 0..8),
        cut in 0usize..60,
    ) {
        let start = day("2020-01-02");
        let on = |offset: u64| start + chrono::Days::new(offset);
        // Every third bar is missing: a suspension for the events to fall into.
        let kept = closes.iter().enumerate().filter(|(i, _)| i % 3 != 1);
        let mut bars: Vec<ChainBar> = kept
            .map(|(i, cents)| ChainBar {
                date: on(i as u64),
                close: *cents as f64 / 100.0,
                pre_close: None,
                vendor_factor: None,
            })
            .collect();
        let mut events: Vec<CorporateAction> = raw_events
            .iter()
            .map(|(offset, cash, bonus)| {
                let mut event = event("2020-01-02", *cash as f64 / 100.0, *bonus as f64);
                event.ex_date = on(*offset);
                event
            })
            .collect();
        let chain = FactorChain::from_actions(&bars, &events, None).unwrap();
        events.reverse();
        prop_assert_eq!(&chain, &FactorChain::from_actions(&bars, &events, None).unwrap());

        // The references that the events imply, as a vendor's pre_close, give the same chain ...
        for i in 1..bars.len() {
            let mut due: Vec<_> =
                events.iter().filter(|e| bars[i - 1].date < e.ex_date && e.ex_date <= bars[i].date).cloned().collect();
            due.sort_by_key(|e| e.ex_date);
            bars[i].pre_close = Some(reference_after(bars[i - 1].close, &due).unwrap());
        }
        let whole = FactorChain::from_pre_close(&bars, None, |_, _| false).unwrap();
        prop_assert_eq!(&chain, &whole);

        // ... and continuing from any bar gives the same bits as computing it whole.
        let cut = cut % bars.len();
        let mut factor = whole.factors()[cut].1;
        for i in cut + 1..bars.len() {
            let prev = PrevBar { close: bars[i - 1].close, factor, vendor_factor: None };
            factor = next_factor(prev, &NextBar { pre_close: bars[i].pre_close, vendor_factor: None }, false);
            prop_assert_eq!(factor.to_bits(), whole.factors()[i].1.to_bits());
        }
    }
}
