//! The bar of the day before, sent again.
//!
//! Two trading days of a share never have the same four prices and the same volume to the share. Where they do, the
//! vendor's job ran before the day's data was there, or a cache answered, and the row has yesterday's figures under
//! today's date. Each source's row is compared with its own row of the last served day before.
//!
//! **Example.** Open 10.00, high 10.20, low 9.90, close 10.10 and 52,515,277 shares on two days running: warning on the
//! second.
//!
//! **Not reported.** Days without trades, whose flat bars look alike; days of a single price below 100 lots, of which
//! two may truly be alike; a source that has no row of the day before.

use serde_json::json;

use crate::{BarRow, Days, Finding, History, Market, Origin, RuleInfo, Severity, evidence::Price};

/// See the module.
pub static INFO: RuleInfo = RuleInfo {
    code: "stale_repeat",
    severity: Severity::Warning,
    origin: Origin::Generation,
    title: "The bar of the day before, sent again",
};

/// Of days with one price, only those of so many shares are judged.
const TELLING_VOLUME: i64 = 10_000;

pub(crate) fn check(market: &Market<'_>, history: &History<'_>, days: Days<'_>, out: &mut Vec<Finding>) {
    let mut earlier: &[BarRow] = &[];
    for day in history.judged(days) {
        let Some(before) = day.before else { continue };
        // Walking over all days, the rows of the day before are those just seen.
        if earlier.first().is_none_or(|row| row.date != before.date) {
            earlier = history.rows_of(before.date);
        }
        for row in day.rows.iter().filter(|row| is_telling(row)) {
            let Some(same) = earlier.iter().find(|other| other.source == row.source && is_repeated(other, row)) else {
                continue;
            };
            let source = market.source(row.source);
            let message = format!(
                "{source} has the bar of {} again: close {}, volume {}",
                same.date,
                Price(row.close),
                row.volume
            );
            let details = json!({"row": market.row(row), "before": market.row(same)});
            out.push(Finding::new(&INFO, message, details).on(history.code, day.date).about(source));
        }
        earlier = day.rows;
    }
}

fn is_telling(row: &BarRow) -> bool {
    let is_flat = row.open == row.high && row.high == row.low && row.low == row.close;
    row.volume >= TELLING_VOLUME || row.volume > 0 && !is_flat
}

fn is_repeated(before: &BarRow, row: &BarRow) -> bool {
    before.volume == row.volume
        && before.close == row.close
        && before.open == row.open
        && before.high == row.high
        && before.low == row.low
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn two_days_are_never_alike() {
        let found = testing::check(
            check,
            "day         source   open   high   low    close  volume
             2024-01-02  tdx      10.00  10.20   9.90  10.10  52_515_277
             2024-01-02  tushare  10.00  10.20   9.90  10.10  52_515_277
             2024-01-03  tdx      10.00  10.20   9.90  10.10  52_515_200
             2024-01-03  tushare  10.00  10.20   9.90  10.10  52_515_277  <- warning: tushare has the bar of 2024-01-02 again: close 10.10, volume 52515277
             2024-01-08  tushare  10.01  10.20   9.90  10.10  52_515_277
             2024-01-09  tushare  10.01  10.20   9.90  10.10  52_515_277  <- warning: again",
        );
        assert_eq!((&found[0].details["before"]["raw_row"], found[0].subject.as_str()), (&json!(1), "tushare"));
    }

    #[test]
    fn each_price_and_the_volume_must_be_alike() {
        testing::check(
            check,
            "day         open   high   low    close  volume
             2024-01-02  10.00  10.20   9.90  10.10  500
             2024-01-03  10.01  10.20   9.90  10.10  500
             2024-01-04  10.01  10.21   9.90  10.10  500
             2024-01-05  10.01  10.21   9.91  10.10  500
             2024-01-08  10.01  10.21   9.91  10.11  500
             2024-01-09  10.01  10.21   9.91  10.11  501
             2024-01-10  10.01  10.21   9.91  10.11  501  <- warning: again",
        );
    }

    #[test]
    fn days_without_trades_and_tiny_days_of_one_price_may_be_alike() {
        testing::check(
            check,
            "day         close  volume
             2024-01-02  10.00  0
             2024-01-03  10.00  0
             2024-01-04  10.00  9_999
             2024-01-05  10.00  9_999
             2024-01-08  10.00  10_000
             2024-01-09  10.00  10_000  <- warning: again",
        );
    }

    #[test]
    fn a_tiny_day_of_several_prices_tells_and_one_without_trades_does_not() {
        let twice = |bar: &str, mark: &str| {
            let days = format!("2024-01-02  {bar}\n2024-01-03  {bar}  {mark}");
            testing::check(check, &format!("day  open  high  low  close  volume\n{days}"));
        };
        twice("10.00  10.00  10.00  10.00  100", "");
        twice("10.00  10.00   9.90   9.95  100", "<- warning: again");
        twice("10.00  10.10   9.90   9.90  100", "<- warning: again");
        twice("10.00  10.00  10.00   9.90  100", "<- warning: again");
        twice("10.00  10.10   9.90   9.90  0", "");
    }
}
