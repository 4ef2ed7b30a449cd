//! Two sources disagree about a day's bar.
//!
//! Every number comes from somebody's database, and the cheapest proof that it is right is a second one: where Tushare
//! and TDX agree to the cent, neither was mistyped, shifted by a day or adjusted. Every pair of sources is compared.
//! Prices (close first, then open, high and low) may differ by `close_tolerance`, 0.01 % of the greater by default,
//! which for shares below 100 yuan means not by a cent. Volumes may differ by 0.5 % or a lot of 100 shares, for TDX
//! sends whole lots; amounts by 0.1 % or 1,000 yuan, for TDX sends 32-bit floats and old amounts are whole thousands.
//!
//! **Example.** 600519.SH on 2019-06-28: close 984.00 at tushare and 984.20 at tdx, 0.02 % apart: one warning for the
//! day and the pair, with every column that differs and both rows, so that the stored responses can be looked at.
//!
//! **Not reported.** Volumes and amounts of indices and foreign codes, which every vendor counts in its own way; a day
//! that only one source has; two prices of which neither is a number (`nonpositive_price` reports both).

use std::fmt;

use market_model::InstrumentKind;
use serde_json::json;

use crate::{
    BarRow, Days, Finding, History, Market, Options, Origin, RuleInfo, Severity,
    evidence::{Price, number},
};

/// See the module.
pub static INFO: RuleInfo = RuleInfo {
    code: "cross_source",
    severity: Severity::Warning,
    origin: Origin::Generation,
    title: "Two sources disagree about a day's bar",
};

/// Volumes may differ by a lot, shares.
const LOT: f64 = 100.0;
/// Amounts may differ by this: in old data they are whole thousands, yuan.
const THOUSAND: f64 = 1000.0;

pub(crate) fn check(market: &Market<'_>, history: &History<'_>, days: Days<'_>, out: &mut Vec<Finding>) {
    let counts_shares = !matches!(history.kind, InstrumentKind::Index | InstrumentKind::Foreign);
    for day in history.judged(days) {
        for (i, one) in day.rows.iter().enumerate() {
            for other in day.rows[i + 1..].iter().filter(|other| other.source != one.source) {
                if columns(one, other, counts_shares, market.options).next().is_some() {
                    out.push(finding(market, one, other, counts_shares).on(history.code, day.date));
                }
            }
        }
    }
}

fn finding(market: &Market<'_>, one: &BarRow, other: &BarRow, counts_shares: bool) -> Finding {
    // By name, so that a pair is the same pair whatever the order of the sources.
    let [one, other] =
        if market.source(one.source) <= market.source(other.source) { [one, other] } else { [other, one] };
    let (a, b) = (market.source(one.source), market.source(other.source));
    let differing: Vec<Column> = columns(one, other, counts_shares, market.options).collect();
    let said: Vec<String> = differing.iter().map(Column::to_string).collect();
    let message = format!("{a} and {b} disagree on {}", said.join(", "));
    let values =
        differing.iter().map(|column| (column.name.to_owned(), json!([number(column.one), number(column.other)])));
    let details = json!({
        "differ": values.collect::<serde_json::Map<_, _>>(),
        "rows": [market.row(one), market.row(other)],
    });
    Finding::new(&INFO, message, details).about(format!("{a}/{b}"))
}

/// One column of two rows.
#[derive(Debug, Clone, Copy)]
struct Column {
    name: &'static str,
    one: f64,
    other: f64,
    is_price: bool,
    /// Relative and absolute: a difference must exceed both.
    tolerance: (f64, f64),
}

/// The columns in which the rows differ by more than the options allow.
fn columns(one: &BarRow, other: &BarRow, counts_shares: bool, options: &Options) -> impl Iterator<Item = Column> {
    let price =
        |name, one, other| Column { name, one, other, is_price: true, tolerance: (options.close_tolerance, 0.0) };
    let count = |name, one, other, tolerance| Column { name, one, other, is_price: false, tolerance };
    let prices = [
        price("close", one.close, other.close),
        price("open", one.open, other.open),
        price("high", one.high, other.high),
        price("low", one.low, other.low),
    ];
    let volumes = count("volume", one.volume as f64, other.volume as f64, (options.volume_tolerance, LOT));
    let amounts = count("amount", one.amount, other.amount, (options.amount_tolerance, THOUSAND));
    // A NaN is an amount that a source does not have; a price that is none is one that the other contradicts.
    let has_both = !one.amount.is_nan() && !other.amount.is_nan();
    let counts =
        [Some(volumes), Some(amounts).filter(|_| has_both)].into_iter().flatten().filter(move |_| counts_shares);
    prices.into_iter().chain(counts).filter(Column::differs)
}

impl Column {
    fn differs(&self) -> bool {
        if self.one == self.other || self.one.is_nan() && self.other.is_nan() {
            return false;
        }
        let (share, least) = self.tolerance;
        let apart = (self.one - self.other).abs();
        // What binary leaves of a difference that is exactly the tolerance.
        let allowed = (share * self.one.abs().max(self.other.abs())).max(least) * (1.0 + 1e-9);
        apart > allowed || !apart.is_finite()
    }
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let apart = (self.one - self.other).abs() / self.one.abs().max(self.other.abs()) * 100.0;
        let apart = if apart.is_finite() { format!(", {apart:.2} % apart") } else { String::new() };
        if self.is_price {
            write!(f, "{} ({} and {}{apart})", self.name, Price(self.one), Price(self.other))
        } else {
            write!(f, "{} ({} and {}{apart})", self.name, self.one, self.other)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{self, Sample};

    #[test]
    fn test_cross_source_agreement() {
        testing::check(
            check,
            "day         source   open   high   low    close   volume      amount
             2024-01-02  tdx      10.00  10.20   9.90  10.10   52_515_300  530_404_992
             2024-01-02  tushare  10.00  10.20   9.90  10.10   52_515_277  530_404_500
             2024-01-03  tdx      10.00  10.20   9.90  10.000  400         4_000
             2024-01-03  tushare  10.00  10.20   9.90  10.001  320         3_200
             2024-01-04  tushare  10.00  10.20   9.90  10.10   500         5_050
             2024-01-05  tdx      10.00  10.20   9.90  10.10   500         5_050
             2024-01-05  tushare  10.00  10.20   9.90  10.10   500         -",
        );
    }

    #[test]
    fn test_cross_source_disagreement() {
        let found = testing::check(
            check,
            "day         source   close  volume  amount
             2024-01-02  tdx      11.50  10_000  115_000
             2024-01-02  tushare  11.52  10_000  115_000    <- warning: tdx and tushare disagree on close (11.50 and 11.52, 0.17 % apart)
             2024-01-03  tdx      11.50  10_000  115_000
             2024-01-03  tushare  11.50  10_101  116_161    <- warning: amount (115000 and 116161, 1.00 % apart)
             2024-01-04  tdx      11.50  100     1_150
             2024-01-04  tushare  11.50  10_000  115_000    <- warning: disagree on volume
             2024-01-05  tdx      11.50  10_000  115_000
             2024-01-05  tushare  NaN    10_000  115_000    <- warning: close (11.50 and NaN),",
        );
        assert_eq!(found[0].subject, "tdx/tushare");
        let details = &found[0].details;
        assert_eq!(details["differ"]["close"], json!([11.5, 11.52]));
        assert_eq!((&details["rows"][0]["source"], &details["rows"][1]["raw_row"]), (&json!("tdx"), &json!(1)));
    }

    #[test]
    fn the_tolerance_is_an_option_and_its_bound_is_allowed() {
        let table = "day         source   close
             2024-01-02  tdx      100.00
             2024-01-02  tushare  100.01
             2024-01-03  tdx      100.00
             2024-01-03  tushare  100.02      <- warning: close";
        testing::check(check, table);
        testing::check(check, &format!("tolerance 0.001\n{}", table.replace("<- warning: close", "")));
        let strict = table.replace("100.01", "100.01 <- warning: close");
        testing::check(check, &format!("tolerance 0.00005\n{strict}"));
    }

    #[test]
    fn every_pair_is_compared_and_a_day_is_one_finding_per_pair() {
        let found = testing::check(
            check,
            "day         source   open   close
             2024-01-02  tdx      10.00  10.10
             2024-01-02  tushare  10.00  10.10    <- warning: tdx and yahoo disagree on close <- warning: tushare and yahoo
             2024-01-02  yahoo    10.05  10.15",
        );
        assert!(found.iter().all(|finding| finding.details["differ"].as_object().unwrap().len() == 4));
    }

    #[test]
    fn indices_and_foreign_codes_are_compared_by_price_alone() {
        for code in ["000001.SH", "AAPL.US"] {
            let table = "day         source  close  volume
                 2024-01-02  tdx     10.00  100
                 2024-01-02  yahoo   10.00  90_000
                 2024-01-03  tdx     10.00  100
                 2024-01-03  yahoo   10.10  100        <- warning: disagree on close (10.00 and 10.10, 0.99 % apart)";
            testing::check(check, &format!("code {code}\n{table}"));
        }
    }

    #[test]
    fn a_pair_is_named_alike_whatever_the_order_of_the_sources() {
        let sample = Sample::parse("day  source  close\n2024-01-02  tdx  10.00\n2024-01-02  tushare  10.10");
        let mut swapped = sample.clone();
        swapped.sources.swap(0, 1);
        swapped.rows.reverse();
        for (row, index) in swapped.rows.iter_mut().zip(0..) {
            row.source = index;
        }
        let of = |sample: &Sample| sample.findings(check, Days::All)[0].clone();
        assert_eq!((of(&sample).subject, of(&sample).message), (of(&swapped).subject, of(&swapped).message));
    }

    #[test]
    fn a_lot_more_or_less_is_no_difference_and_a_share_more_is() {
        testing::check(
            check,
            "day         source   close  volume  amount
             2024-01-02  tdx      11.50  100     -
             2024-01-02  tushare  11.50  200     -
             2024-01-03  tdx      11.50  100     -
             2024-01-03  tushare  11.50  201     -   <- warning: volume",
        );
    }

    #[test]
    fn two_prices_that_are_none_agree() {
        testing::check(
            check,
            "day         source   high  close  volume  amount
             2024-01-02  tdx      NaN   10.00  100     -
             2024-01-02  tushare  NaN   10.00  100     -
             2024-01-03  tdx      inf   10.00  100     -
             2024-01-03  tushare  inf   10.00  100     -",
        );
    }
}
