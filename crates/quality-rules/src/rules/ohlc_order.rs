//! Open, high, low and close contradict each other.
//!
//! The low is above another price, or the high below one. Whatever a day was like, its low is its lowest price and its
//! high its highest. A row that says otherwise has swapped columns, a digit that slipped, or prices of two different
//! days or bases in one row, and nobody knows which of the four is the wrong one.
//!
//! **Example.** Open 10.00, high 10.20, low 9.90, close 10.52 (10.25 with its digits swapped): error, "close 10.52 is
//! above high 10.20".
//!
//! **Not reported.** Differences below a millionth of the price, which is what 32-bit floats leave; prices that are not
//! numbers, which `nonpositive_price` reports.

use crate::{Days, Finding, History, Market, Origin, RuleInfo, Severity, evidence::Price};

/// See the module.
pub static INFO: RuleInfo = RuleInfo {
    code: "ohlc_order",
    severity: Severity::Error,
    origin: Origin::Generation,
    title: "Open, high, low and close contradict each other",
};

/// What 32-bit floats leave of a price, relative.
const FLOAT_NOISE: f64 = 5e-7;

pub(crate) fn check(market: &Market<'_>, history: &History<'_>, days: Days<'_>, out: &mut Vec<Finding>) {
    for day in history.judged(days) {
        for quote in day.quotes() {
            let prices = quote.prices();
            if is_disordered(prices) {
                let speaker = market.speaker(&quote);
                let message = format!("{} ({speaker})", named(prices));
                let finding = Finding::new(&INFO, message, market.quote(history, &quote));
                out.push(finding.on(history.code, day.date).about(speaker));
            }
        }
    }
}

/// The pairs of prices of which the first must not be above the second, by name and place.
const PAIRS: [[(&str, usize); 2]; 5] = [
    [("low", 2), ("open", 0)],
    [("low", 2), ("close", 3)],
    [("low", 2), ("high", 1)],
    [("open", 0), ("high", 1)],
    [("close", 3), ("high", 1)],
];

/// Judges finite pairs only, so that one price that is no number does not hide what the others say.
fn is_disordered(prices: [f64; 4]) -> bool {
    PAIRS.iter().any(|[(_, lower), (_, upper)]| is_above(prices[*lower], prices[*upper]))
}

fn is_above(lower: f64, upper: f64) -> bool {
    lower > upper + upper.abs() * FLOAT_NOISE
}

fn named(prices: [f64; 4]) -> String {
    let wrong = PAIRS.iter().filter(|[(_, lower), (_, upper)]| is_above(prices[*lower], prices[*upper]));
    let said = wrong.map(|[(lower, at), (upper, at_upper)]| {
        format!("{lower} {} is above {upper} {}", Price(prices[*at]), Price(prices[*at_upper]))
    });
    said.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{self, Sample};

    #[test]
    fn the_low_is_the_lowest_and_the_high_the_highest() {
        testing::check(
            check,
            "day         source   open   high   low    close
             2024-01-02  tdx      10.00  10.20   9.90  10.10
             2024-01-02  tushare  10.00  10.20   9.90  10.52    <- error: close 10.52 is above high 10.20 (tushare)
             2024-01-03  tushare   9.80  10.20   9.90  10.00    <- error: low 9.90 is above open 9.80
             2024-01-04  tushare  10.30  10.20   9.90  10.00    <- error: open 10.30 is above high 10.20
             2024-01-05  tushare  10.00  10.20   9.90   9.80    <- error: low 9.90 is above close 9.80
             2024-01-08  tushare  10.00   9.90  10.20  10.00    <- error: low 10.20 is above high 9.90
             2024-01-09  tushare  10.00  10.00  10.00  10.00",
        );
    }

    #[test]
    fn a_price_that_is_no_number_hides_nothing() {
        testing::check(
            check,
            "day         open   high   low    close
             2024-01-02  10.00  10.20  NaN    10.30    <- error: close 10.30 is above high 10.20
             2024-01-03  10.00  NaN    9.90   10.30
             2024-01-04  10.00  10.20  inf    10.10    <- error: low inf is above open 10.00",
        );
    }

    #[test]
    fn the_noise_of_32_bits_is_no_disorder_and_a_tick_is() {
        testing::check(
            check,
            "code AAPL.US
             day         source  high         close
             2024-01-02  yahoo   150.2299957  150.2300034
             2024-01-03  yahoo   150.22       150.23         <- error: close 150.23 is above high 150.22",
        );
    }

    #[test]
    fn a_served_bar_that_no_row_backs_is_judged_by_itself() {
        let mut sample = Sample::parse("day  close\n2024-01-02  10.00");
        sample.curated[0].high = 9.0;
        let found = sample.findings(check, Days::All);
        assert_eq!((found.len(), found[0].subject.as_str()), (1, "served"));
    }

    #[test]
    fn equal_prices_are_in_order_even_if_they_are_none() {
        testing::check(check, "day  close\n2024-01-02  0.00\n2024-01-03  -1.00");
    }
}
