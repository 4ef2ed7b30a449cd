//! Adjustment factors over real bars and real corporate actions, from `../shared/fixtures` beside the repository.
//!
//! The data belongs to its vendors and is not part of the repository; without the folder these tests say so and pass.

#![expect(clippy::unwrap_used, reason = "helpers of tests: a fixture that does not parse must fail the test")]

use std::path::PathBuf;

use chrono::NaiveDate;
use market_model::adjust::ex_right_reference_unrounded;
use market_model::rulebook::NoLimitDays;
use market_model::{
    Board, ChainBar, Code, CorporateAction, FactorBasis, FactorChain, PriceRules, Tick, ex_right_reference,
    factor_step, limit_prices,
};

fn fixture(name: &str) -> Option<String> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures");
    if !root.is_dir() {
        println!("SKIPPED: there is no {}", root.display());
        return None;
    }
    Some(std::fs::read_to_string(root.join(name)).unwrap())
}

fn day(text: &str) -> NaiveDate {
    NaiveDate::parse_from_str(text, "%Y%m%d").unwrap()
}

fn bars(csv: &str) -> Vec<ChainBar> {
    let row = |line: &str| {
        let fields: Vec<&str> = line.split(',').collect();
        ChainBar { date: day(fields[0]), close: fields[4].parse().unwrap(), pre_close: None, vendor_factor: None }
    };
    csv.lines().skip(1).map(row).collect()
}

/// The rows of category 1 (ex-right and dividend) of one code; the columns are cash, rights price, bonus and rights, all
/// per 10 shares but the price.
fn actions(csv: &str, code: &str) -> Vec<CorporateAction> {
    let code: Code = code.parse().unwrap();
    csv.lines()
        .skip(1)
        .map(|line| line.split(',').collect::<Vec<_>>())
        .filter(|fields| fields[1] == code.symbol() && fields[3] == "1")
        .map(|fields| CorporateAction {
            code,
            ex_date: day(fields[2]),
            announced: None,
            cash_per_10: fields[4].parse().unwrap(),
            rights_price: fields[5].parse().unwrap(),
            bonus_per_10: fields[6].parse().unwrap(),
            rights_per_10: fields[7].parse().unwrap(),
        })
        .collect()
}

#[test]
fn thirty_years_of_000001_have_the_factor_of_the_exchange_formula() {
    let (Some(bar_csv), Some(action_csv)) = (fixture("rustdx/sz000001.day.csv"), fixture("rustdx/gbbq_selected.csv"))
    else {
        return;
    };
    let (bars, actions) = (bars(&bar_csv), actions(&action_csv, "000001.SZ"));
    assert_eq!(bars.len(), 7226);
    assert_eq!(actions.len(), 25);

    let chain = FactorChain::from_actions(&bars, &actions, Some(day("19910403"))).unwrap();
    assert_eq!(chain.basis(), FactorBasis::Listing);
    assert_eq!(chain.factors().len(), bars.len());
    let factor = chain.factor_on(day("20180712")).unwrap();
    assert!((factor - 252.3810).abs() < 5e-5, "{factor}");

    // Without the exchange's rounding it would be another number.
    let mut unrounded = 1.0;
    for event in actions.iter().filter(|a| bars[0].date < a.ex_date && a.ex_date <= day("20180712")) {
        let close = bars.iter().rfind(|bar| bar.date < event.ex_date).unwrap().close;
        let reference = ex_right_reference_unrounded(close, std::slice::from_ref(event)).unwrap();
        unrounded *= factor_step(close, reference);
    }
    assert!((unrounded - 252.2576).abs() < 5e-5, "{unrounded}");
}

#[test]
fn the_2007_event_of_000001_takes_effect_when_trading_resumes() {
    let (Some(bar_csv), Some(action_csv)) = (fixture("rustdx/sz000001.day.csv"), fixture("rustdx/gbbq_selected.csv"))
    else {
        return;
    };
    let chain = FactorChain::from_actions(&bars(&bar_csv), &actions(&action_csv, "000001.SZ"), None).unwrap();
    let bar_after = chain.factors().partition_point(|(date, _)| *date < day("20070618"));
    let (resumed, factor) = chain.factors()[bar_after];
    let (_, before) = chain.factors()[bar_after - 1];
    assert_eq!(resumed, day("20070620"));
    assert!((factor / before - 1.1).abs() < 1e-3, "one bonus share per ten");
}

#[test]
fn every_raw_move_of_000001_beyond_its_limit_is_an_ex_date() {
    let (Some(bar_csv), Some(action_csv)) = (fixture("rustdx/sz000001.day.csv"), fixture("rustdx/gbbq_selected.csv"))
    else {
        return;
    };
    let bars = bars(&bar_csv);
    let chain = FactorChain::from_actions(&bars, &actions(&action_csv, "000001.SZ"), None).unwrap();
    let mut beyond = 0;
    for (i, pair) in bars.windows(2).enumerate().filter(|(_, pair)| pair[1].date > day("19961216")) {
        let raw = pair[1].close / pair[0].close - 1.0;
        if raw.abs() > 0.102 {
            beyond += 1;
            let adjusted = (1.0 + raw) * chain.factors()[i + 1].1 / chain.factors()[i].1 - 1.0;
            assert!(adjusted.abs() < 0.102, "{}: {adjusted}", pair[1].date);
        }
    }
    assert_eq!(beyond, 7);
}

#[test]
fn the_only_close_of_000001_beyond_its_limit_is_the_sourced_day_of_its_share_reform() {
    let (Some(bar_csv), Some(action_csv)) = (fixture("rustdx/sz000001.day.csv"), fixture("rustdx/gbbq_selected.csv"))
    else {
        return;
    };
    let (bars, actions) = (bars(&bar_csv), actions(&action_csv, "000001.SZ"));
    let (known, code) = (NoLimitDays::sourced(), "000001.SZ".parse().unwrap());
    let mut beyond = Vec::new();
    // On the first day of limits, 1996-12-16, the whole day traded at 16.86, four cents under ten percent of the last
    // trade: the exchange had another reference that day. From the next day on every limit is exact to the cent.
    for pair in bars.windows(2).filter(|pair| pair[1].date != day("19961216")) {
        let date = pair[1].date;
        let between: Vec<_> =
            actions.iter().filter(|a| pair[0].date < a.ex_date && a.ex_date <= date).cloned().collect();
        let reference = ex_right_reference(pair[0].close, &between).unwrap_or(pair[0].close);
        let limit = PriceRules::limit_on(Board::Main, false, date, None);
        if limit_prices(reference, limit, Tick::CENT).is_some_and(|(d, u)| pair[1].close < d || pair[1].close > u) {
            beyond.push((date, known.reason(&code, date).is_some()));
        }
    }
    assert_eq!(beyond, [(day("20070620"), true)]);
}
