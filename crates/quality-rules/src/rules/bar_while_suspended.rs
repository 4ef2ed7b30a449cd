//! A bar with trades on a day that was halted as a whole.
//!
//! Either the halt or the bar is wrong. A vendor that fills halted days with the last bar, volume and all, invents
//! trades; a halt that was not one hides a day from `gap_without_suspension`.
//!
//! **Example.** 600519.SH is suspended for the whole of 2024-01-03 and tushare has a bar with 1,200,300 shares:
//! warning.
//!
//! **Not reported.** Flat bars without volume, which is how some vendors mark a halt; halts of part of a day.

use serde_json::json;

use crate::{Days, Finding, History, Market, Origin, RuleInfo, Severity};

/// See the module.
pub static INFO: RuleInfo = RuleInfo {
    code: "bar_while_suspended",
    severity: Severity::Warning,
    origin: Origin::Generation,
    title: "A bar with trades on a day that was halted as a whole",
};

pub(crate) fn check(market: &Market<'_>, history: &History<'_>, days: Days<'_>, out: &mut Vec<Finding>) {
    if history.suspended.is_empty() {
        return;
    }
    for day in history.judged(days) {
        let trades = day.quotes().any(|quote| quote.volume() > 0);
        if trades && history.suspended.binary_search(&day.date).is_ok() {
            let message = format!("a bar with trades, but the whole day was halted ({})", market.holders(&day));
            let details = json!({"rows": market.rows(&day), "served": day.served.map(|bar| market.bar(history, bar))});
            out.push(Finding::new(&INFO, message, details).on(history.code, day.date));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn nothing_trades_while_trading_is_halted() {
        testing::check(
            check,
            "halt 2024-01-03
             halt 2024-01-04
             halt 2024-01-05
             day         source   close  volume
             2024-01-02  tushare  10.00  500
             2024-01-03  tdx      10.00  0
             2024-01-03  tushare  10.00  500      <- warning: the whole day was halted (tdx, tushare)
             2024-01-04  tdx      10.00  0
             2024-01-08  tushare  10.00  500",
        );
    }
}
