//! The adjustment factor steps although no corporate action explains it.
//!
//! The derived factor grows by `close of the day before / reference price of the day`, so it takes every slip of either
//! for a corporate action, and from that day on all adjusted prices are wrong by that much, without a single price that
//! looks odd. Where no source has an event between the two bars, the step has another cause: a close with its digits
//! swapped (the next day's reference is counted from the true one), a day that is missing, a vendor that suddenly sends
//! adjusted prices, or an event that no source knows.
//!
//! The vendor's own factor tells these apart. Where it steps alike, the vendor knows of an event that our corporate
//! actions lack (Tushare has no rights issues): a fact, `info`, for what is served is right. Otherwise it is a warning.
//! A factor that is no positive number is an error.
//!
//! **Example.** The close of 2024-01-03 was stored as 10.52 instead of 10.25; on the 4th the reference price is 10.25,
//! the factor grows by 1.0263, no source has an event and the vendor's factor stays: warning on the 4th, with both
//! bars.
//!
//! **Not reported.** A step where any source has an event, whatever the event means (`factor_disagrees` compares);
//! steps below half a tick of the price; a code's first bar.

use serde_json::json;

use crate::{
    CuratedBar, Days, Finding, History, Market, Origin, RuleInfo, Severity,
    evidence::{Price, number},
    reference::{due_actions, has_effect},
};

/// See the module.
pub static INFO: RuleInfo = RuleInfo {
    code: "factor_without_event",
    severity: Severity::Warning,
    origin: Origin::Generation,
    title: "The adjustment factor steps although no corporate action explains it",
};

/// Vendors round factors to three places and reference prices to a cent: so much may two growths differ, relative.
pub(super) const SAME_GROWTH: f64 = 1e-3;

pub(crate) fn check(market: &Market<'_>, history: &History<'_>, days: Days<'_>, out: &mut Vec<Finding>) {
    for day in history.judged(days) {
        let Some(bar) = day.served else { continue };
        if !is_factor(bar.factor) {
            let message = format!("the adjustment factor is {}, which is none", bar.factor);
            let finding = Finding::new(&INFO, message, json!({"bar": market.bar(history, bar)}));
            out.push(finding.on(history.code, day.date).as_bad_as(Severity::Error));
            continue;
        }
        let Some(before) = day.before.filter(|before| before.factor != bar.factor && is_factor(before.factor)) else {
            continue;
        };
        let is_explained = due_actions(history, &day).iter().any(|row| has_effect(&row.action));
        if !is_explained && moves_the_price(history, before.close, bar.factor / before.factor) {
            out.push(step(market, history, before, bar).on(history.code, day.date));
        }
    }
}

fn is_factor(value: f64) -> bool {
    value.is_finite() && value > 0.0
}

/// The finding about a step from `before` to `bar`.
fn step(market: &Market<'_>, history: &History<'_>, before: &CuratedBar, bar: &CuratedBar) -> Finding {
    let (growth, since) = (bar.factor / before.factor, before.date);
    let vendor = vendor_growth(history, before, bar);
    let is_known_to_vendor = vendor.is_some_and(|theirs| (theirs / growth - 1.0).abs() <= SAME_GROWTH);
    let (close, reference) = (Price(before.close), Price(before.close / growth));
    let grows = format!("the factor grows by {growth:.6} since {since} ({close} against a reference of {reference})");
    let message = match vendor {
        Some(_) if is_known_to_vendor => format!("{grows}, as the vendor's does; no source has the corporate action"),
        Some(theirs) => format!("{grows} without a corporate action, the vendor's by {theirs:.6}"),
        None => format!("{grows} without a corporate action"),
    };
    let details = json!({
        "growth": number(growth),
        "vendor_growth": vendor.map(number),
        "since": since,
        "bar": market.bar(history, bar),
        "before": market.bar(history, before),
    });
    Finding::new(&INFO, message, details).as_bad_as(if is_known_to_vendor { Severity::Info } else { INFO.severity })
}

/// Whether a growth of the factor moves a price by more than half of its smallest step; where there is none, by more
/// than a ten thousandth.
pub(super) fn moves_the_price(history: &History<'_>, close: f64, growth: f64) -> bool {
    let tick = market_model::tick(history.kind, history.code.exchange());
    let least = tick.map_or(close.abs() * 1e-4, |tick| tick.size() / 2.0);
    // Where the close is no number, a factor that steps is no less a step.
    let moved = (close - close / growth).abs();
    moved > least * (1.0 + 1e-6) || moved.is_nan()
}

/// How the factor of the vendor whose bar is served grows between the two bars.
pub(super) fn vendor_growth(history: &History<'_>, before: &CuratedBar, bar: &CuratedBar) -> Option<f64> {
    let factor = |date| {
        let row = history.rows_of(date).iter().find(|row| row.source == bar.source)?;
        Some(row.factor).filter(|factor| is_factor(*factor))
    };
    Some(factor(bar.date)? / factor(before.date)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{self, Sample};

    #[test]
    fn a_step_needs_an_event() {
        let found = testing::check(
            check,
            "event 2024-01-05 tdx cash=5
             day         close  pre_close  factor
             2024-01-02  10.25  10.25      1.0
             2024-01-03  10.52  10.25      1.0
             2024-01-04  10.25  10.25      1.026341  <- warning: the factor grows by 1.026341 since 2024-01-03 (10.52 against a reference of 10.25) without a corporate action
             2024-01-05   9.75   9.75      1.078977
             2024-01-08   9.75   9.75      1.078977",
        );
        assert_eq!(found[0].details["before"]["close"], 10.52);
    }

    #[test]
    fn a_vendor_that_steps_alike_knows_of_an_event_and_one_that_does_not_contradicts() {
        testing::check(
            check,
            "day         close  factor  vendor
             2024-01-02  10.00  1.0     108.031
             2024-01-03   8.00  1.25    135.039   <- info: as the vendor's does
             2024-01-04   8.00  1.25    135.039
             2024-01-05   4.00  2.5     135.039   <- warning: without a corporate action, the vendor's by 1.000000
             2024-01-08   2.00  5.0     0         <- warning: without a corporate action",
        );
    }

    #[test]
    fn an_event_without_effect_explains_nothing_and_one_within_the_gap_does() {
        testing::check(
            check,
            "event 2024-01-03 tdx
             event 2024-01-06 tushare bonus=1
             day         close  factor
             2024-01-02  10.00  1.0
             2024-01-03   8.00  1.25   <- warning: the factor grows by 1.25
             2024-01-09   8.00  1.50",
        );
    }

    #[test]
    fn steps_below_half_a_tick_are_rounding() {
        testing::check(
            check,
            "day         close  factor
             2024-01-02  10.00  1.0
             2024-01-03  10.00  1.000499
             2024-01-04  10.00  1.001100  <- warning: the factor grows by 1.000601
             2024-01-05  10.00  1.000000  <- warning: the factor grows by 0.998901",
        );
        testing::check(
            check,
            "code AAPL.US
             day         source  close   factor
             2024-01-02  yahoo   100.00  1.0
             2024-01-03  yahoo   100.00  1.00009
             2024-01-04  yahoo   100.00  1.00030  <- warning: the factor grows by 1.000210",
        );
    }

    #[test]
    fn a_factor_that_is_none_is_an_error() {
        testing::check(
            check,
            "day         close  factor
             2024-01-02  10.00  NaN   <- error: the adjustment factor is NaN
             2024-01-03  10.00  1.0
             2024-01-04  10.00  0     <- error: the adjustment factor is 0
             2024-01-05  NaN    1.0
             2024-01-08  10.00  2.0   <- warning: the factor grows by 2.000000",
        );
        let sample = Sample::parse("day  close  factor\n2024-01-02  10.00  17.0");
        assert!(sample.findings(check, Days::All).is_empty(), "a first bar steps from nothing");
    }

    #[test]
    fn the_growth_counts_whatever_the_factor_was() {
        testing::check(
            check,
            "day         close  factor
             2024-01-02  10.00  2.0
             2024-01-03  10.00  2.0000002
             2024-01-04  10.00  2.0040003  <- warning: the factor grows by 1.0020",
        );
    }

    #[test]
    fn half_a_tick_itself_is_rounding() {
        // 10.00 over 9.995.
        let table = "day  close  factor\n2024-01-02  10.00  1.0\n2024-01-03  10.00  1.0005002501250626";
        testing::check(check, table);
        let moves = |close: f64, growth: f64| {
            moves_the_price(&Sample::parse("day  close\n2024-01-02  10.00").history(), close, growth)
        };
        assert!(moves(0.02, 1.5), "to 0.0133");
        assert!(!moves(0.012, 1.5), "to 0.008");
    }
}
