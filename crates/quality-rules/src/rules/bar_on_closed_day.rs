//! A bar on a day on which the exchange was closed.
//!
//! Nothing trades on a holiday or at a weekend, make-up working days included. A bar there belongs to another day:
//! dates were shifted, a time zone was read wrongly, or a vendor carries prices forward. It is also the first sign that
//! the days around it are shifted too.
//!
//! **Example.** A bar of 600519.SH on Saturday 2026-10-10, a working day on which the exchanges stay closed: error.
//!
//! **Milder.** The calendar is Shanghai's. Until 1993 Shenzhen traded on Saturdays and make-up days of its own: there it is
//! a fact (`info`).
//!
//! **Not reported.** Foreign codes, currency pairs and foreign indices, which go by other calendars; days that the calendar
//! does not reach.

use market_model::follows_shanghai;
use serde_json::json;

use crate::{Days, Finding, History, Market, Origin, RuleInfo, Severity};

/// See the module.
pub static INFO: RuleInfo = RuleInfo {
    code: "bar_on_closed_day",
    severity: Severity::Error,
    origin: Origin::Generation,
    title: "A bar on a day on which the exchange was closed",
};

pub(crate) fn check(market: &Market<'_>, history: &History<'_>, days: Days<'_>, out: &mut Vec<Finding>) {
    if !history.code.exchange().is_mainland() {
        return;
    }
    for day in history.judged(days) {
        if market.calendar.is_open(day.date) == Some(false) {
            let is_certain = follows_shanghai(history.code.exchange(), day.date);
            let severity = if is_certain { INFO.severity } else { Severity::Info };
            let message = format!("a bar on a day without trading ({})", market.holders(&day));
            let details = json!({"rows": market.rows(&day), "served": day.served.map(|bar| market.bar(history, bar))});
            out.push(Finding::new(&INFO, message, details).on(history.code, day.date).as_bad_as(severity));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{self, Sample};

    #[test]
    fn nothing_trades_on_a_holiday() {
        let table = "closed 2024-01-03
             day         source   close
             2024-01-02  tushare  10.00
             2024-01-03  tdx      10.00
             2024-01-03  tushare  10.00  <- error: a bar on a day without trading (tdx, tushare)
             2024-01-06  tushare  10.00  <- error: a bar
             2024-01-08  tushare  10.00";
        let found = testing::check(check, table);
        assert_eq!(found[0].details["rows"][1]["source"], "tushare");
        for code in ["000001.SH", "510300.SH"] {
            testing::check(check, &format!("code {code}\n{table}"));
        }
        for code in ["AAPL.US", "0700.HK", "USDCNY.FX", "GSPC.IDX"] {
            assert!(Sample::parse(&format!("code {code}\n{table}")).findings(check, Days::All).is_empty(), "{code}");
        }
    }

    #[test]
    fn shenzhen_had_days_of_its_own() {
        let table = "day  close\n1991-04-05  48.52\n1991-04-06  48.28";
        testing::check(check, &format!("code 000001.SZ\n{table}  <- info: a bar on a day without trading"));
        testing::check(check, &format!("code 600601.SH\n{table}  <- error: a bar on a day without trading"));
    }

    #[test]
    fn a_served_bar_alone_is_a_bar_too_and_days_beyond_the_calendar_are_unknown() {
        let mut sample = Sample::parse("day  close\n2024-01-06  10.00");
        sample.rows.clear();
        assert!(sample.findings(check, Days::All)[0].message.ends_with("(the warehouse)"));
        sample.curated[0].date = "2034-01-07".parse().unwrap();
        assert!(sample.findings(check, Days::All).is_empty());
    }
}
