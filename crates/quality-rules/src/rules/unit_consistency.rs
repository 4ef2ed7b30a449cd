//! Amount over volume is no price of the day.
//!
//! One of them is in another unit: vendors send shares or lots of 100, yuan or thousands or ten thousands of them, and
//! change it without a word. Amount over volume is a mean price, so it must lie between the day's low and high, whoever
//! the vendor is; a slip by a power of ten puts it far outside. A row counts as a miss beyond a tick (and half a yuan
//! per row, to which amounts are rounded). A batch is judged by its median before it is stored
//! (`market_model::UnitCheck`) and refused as a whole; here every stored row is looked at, which never refuses one.
//!
//! A miss that rounding to thousands explains is a fact (`info`): in the first years of both exchanges amounts are
//! whole thousands, and 200 shares at 30.89 are booked with 6,000 yuan. Any other is a warning: a price, the volume or
//! the amount is not that of the day. It also gives away prices that come adjusted, which fit one another but not the
//! money that changed hands. Where the miss is a power of ten, and the source's row of the day before was off by the
//! same, it is no slip of one row but the unit of the batch: an error.
//!
//! **Example.** 000001.SZ on 1995-11-17: 4,600 shares for 3,340,000 yuan make 726.09 on a day between 7.15 and 7.20: a
//! warning, for the volume is a hundredth of what it should be. 100 shares for 3,000 yuan on 1991-08-02, at 29.24:
//! info.
//!
//! **Not reported.** Rows without volume or without an amount; indices, bonds and foreign codes, whose units each
//! vendor chooses.

use market_model::{InstrumentKind, Tick};
use serde_json::json;

use crate::{
    Days, Finding, History, Market, Origin, RuleInfo, Severity,
    day_view::Quote,
    evidence::{Price, number},
};

/// See the module.
pub static INFO: RuleInfo = RuleInfo {
    code: "unit_consistency",
    severity: Severity::Error,
    origin: Origin::Generation,
    title: "Amount over volume is no price of the day",
};

/// Amounts are rounded to whole yuan at best: by half of one.
const HALF_YUAN: f64 = 0.5;
/// In old data they are whole thousands.
const THOUSAND: f64 = 1000.0;
/// Off by a power of ten is a mean price that is within this of the day's middle once the power is taken out.
const POWER_TOLERANCE: f64 = 1.5;

pub(crate) fn check(market: &Market<'_>, history: &History<'_>, days: Days<'_>, out: &mut Vec<Finding>) {
    let kinds = [InstrumentKind::AShare, InstrumentKind::BShare, InstrumentKind::Fund];
    let Some(tick) =
        market_model::tick(history.kind, history.code.exchange()).filter(|_| kinds.contains(&history.kind))
    else {
        return;
    };
    for day in history.judged(days) {
        for quote in day.quotes() {
            let Some(miss) = Miss::of(&quote, tick) else { continue };
            let speaker = market.speaker(&quote);
            let before = || earlier(history, day.before?.date, &quote).and_then(|quote| Miss::of(&quote, tick)?.power);
            let severity = match miss.power {
                _ if miss.is_rounded => Severity::Info,
                Some(power) if before() == Some(power) => INFO.severity,
                _ => Severity::Warning,
            };
            let mut details = market.quote(history, &quote);
            details["mean_price"] = number(miss.mean);
            details["power_of_ten"] = json!(miss.power);
            let finding = Finding::new(&INFO, miss.message(&quote, speaker), details);
            out.push(finding.on(history.code, day.date).about(speaker).as_bad_as(severity));
        }
    }
}

/// The same source's row of the day before.
fn earlier<'a>(history: &History<'a>, date: chrono::NaiveDate, quote: &Quote<'_>) -> Option<Quote<'a>> {
    let Quote::Row(row) = quote else { return None };
    history.rows_of(date).iter().find(|before| before.source == row.source).map(Quote::Row)
}

/// A mean price that is none of the day.
#[derive(Debug, Clone, Copy)]
struct Miss {
    mean: f64,
    /// By which power of ten it is off, if that is what it is.
    power: Option<i32>,
    /// Whether an amount in whole thousands explains it.
    is_rounded: bool,
}

impl Miss {
    fn of(quote: &Quote<'_>, tick: Tick) -> Option<Self> {
        let ([_, high, low, close], volume, amount) = (quote.prices(), quote.volume() as f64, quote.amount());
        // A price that is no number must not hide what the others say.
        let [low, high] = [low, high].map(|price| if price.is_finite() { price } else { close });
        if volume <= 0.0 || !amount.is_finite() || !low.is_finite() || !high.is_finite() {
            return None;
        }
        let slack = tick.size() + HALF_YUAN / volume;
        let mean = amount / volume;
        if low - slack <= mean && mean <= high + slack {
            return None;
        }
        let middle = (low + high) / 2.0;
        let rounding = THOUSAND / volume;
        let is_rounded = low - slack <= mean + rounding && mean - rounding <= high + slack;
        Some(Self { mean, power: power_of_ten(mean / middle).filter(|_| !is_rounded), is_rounded })
    }

    fn message(&self, quote: &Quote<'_>, speaker: &str) -> String {
        let [_, high, low, _] = quote.prices();
        let range = format!("the day's {} to {} ({speaker})", Price(low), Price(high));
        match self.power {
            Some(power) => format!("the mean price {} is about 10^{power} times {range}", Price(self.mean)),
            None => format!("the mean price {} is outside {range}", Price(self.mean)),
        }
    }
}

/// Which power of ten a ratio is, if it is one.
fn power_of_ten(ratio: f64) -> Option<i32> {
    let power = ratio.log10().round();
    let rest = ratio / 10_f64.powf(power);
    (power != 0.0 && (1.0 / POWER_TOLERANCE..=POWER_TOLERANCE).contains(&rest)).then_some(power as i32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{self, Sample};

    #[test]
    fn the_mean_price_is_a_price_of_the_day() {
        let found = testing::check(
            check,
            "day         source   high   low    close  volume  amount
             2024-01-02  tdx      10.20   9.90  10.00  10_000  102_100
             2024-01-02  tushare  10.20   9.90  10.00  10_000  98_900
             2024-01-03  tushare  10.20   9.90  10.00  10_000  102_120      <- info: the mean price 10.212 is outside the day's 9.90 to 10.20 (tushare)
             2024-01-04  tushare  10.20   9.90  10.00  10_000  98_880       <- info: the mean price 9.888
             2024-01-05  tushare  10.20   9.90  10.00  10_000  300_000      <- warning: the mean price 30.00
             2024-01-08  tushare  10.20   9.90  10.00  20      204.6
             2024-01-09  tushare  10.20   9.90  10.00  0       205
             2024-01-10  tushare  10.20   9.90  10.00  10_000  -",
        );
        assert_eq!(
            (&found[0].details["mean_price"], &found[0].details["power_of_ten"]),
            (&json!(10.212), &json!(null))
        );
    }

    #[test]
    fn a_power_of_ten_is_a_warning_and_the_same_twice_is_the_batch() {
        let found = testing::check(
            check,
            "day         source   close  volume   amount
             2024-01-02  tushare  10.00  100_000  1_000_000
             2024-01-03  tushare  10.00  1_000    1_000_000    <- warning: the mean price 1000.00 is about 10^2 times the day's 10.00 to 10.00
             2024-01-04  tushare  10.00  100_000  1_000_000
             2024-01-05  tushare  10.00  100_000  1_000        <- warning: 10^-3
             2024-01-08  tushare  10.00  100_000  100_000      <- warning: 10^-1
             2024-01-09  tushare  10.00  100_000  100_000      <- error: 10^-1
             2024-01-10  tdx      10.00  100_000  100_000      <- warning: 10^-1
             2024-01-11  tdx      10.00  100_000  1_000_000
             2024-01-12  tdx      10.00  100_000  0            <- warning: the mean price 0.00",
        );
        assert_eq!((&found[0].details["power_of_ten"], found[0].subject.as_str()), (&json!(2), "tushare"));
    }

    #[test]
    fn what_rounding_to_thousands_explains_is_a_fact() {
        testing::check(
            check,
            "code 000001.SZ
             day         high   low    close  volume  amount
             1991-04-03  49.00  49.00  49.00  100     5_000       <- info: the mean price 50.00
             1991-04-04  4.60   4.60   4.60   100     0           <- info: the mean price 0.00
             1991-08-02  29.24  29.24  29.24  100     3_000       <- info: the mean price 30.00
             1995-11-17  7.20   7.15   7.20   4_600   3_340_000   <- warning: the mean price 726.087 is about 10^2 times",
        );
    }

    #[test]
    fn other_kinds_are_counted_as_vendors_like_and_funds_in_mills() {
        for code in ["000001.SH", "113050.SH", "AAPL.US"] {
            let sample =
                Sample::parse(&format!("code {code}\nday  close  volume  amount\n2024-01-02  10.00  1_000  99"));
            assert!(sample.findings(check, Days::All).is_empty(), "{code}");
        }
        testing::check(
            check,
            "code 510300.SH
             day         close   volume     amount
             2024-01-02  4.001  1_000_000  4_001_900
             2024-01-03  4.001  1_000_000  4_003_000    <- info: the mean price 4.003",
        );
    }

    #[test]
    fn a_price_that_is_no_number_hides_nothing() {
        testing::check(
            check,
            "day         high   low    close  volume  amount
             2024-01-02  NaN    9.90   10.00  1_000   990  <- warning: 10^-1
             2024-01-04  10.20  9.90   NaN    1_000   9_990
             2024-01-05  10.20  9.90   NaN    1_000   990  <- warning: 10^-1
             2024-01-08  NaN    9.90   NaN    1_000   990",
        );
    }

    #[test]
    fn a_miss_that_is_no_power_of_ten_says_so_and_whole_thousands_explain_as_much_as_one() {
        testing::check(
            check,
            "day         close  volume  amount
             2024-01-02  10.00  10_000  20_000    <- warning: the mean price 2.00 is outside
             2024-01-03  10.00  10_000  120_000   <- warning: the mean price 12.00 is outside
             2024-01-04  10.00  10_000  120_000   <- warning: the mean price 12.00 is outside
             2024-01-05  20.00  100     1_000     <- info: the mean price 10.00 is outside
             2024-01-08  20.00  100     3_000     <- info: the mean price 30.00 is outside
             2024-01-09  20.00  100     990       <- warning: the mean price 9.90 is outside
             2024-01-10  20.00  100     3_010     <- warning: the mean price 30.10 is outside",
        );
    }
}
