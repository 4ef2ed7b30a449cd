//! No bar on a trading day, and no suspension.
//!
//! A share that is listed and not halted has a bar on every trading day. Where it has none, the vendor left it out or
//! its row was refused, and everything that counts bars (moving averages, returns from one bar to the next) silently
//! reaches over the hole. Only days on which the whole market is served are judged: on a day that was never fetched
//! everything is missing, and that is no gap but a beginning.
//!
//! **Example.** 2024-01-04 was served for 5,430 codes; 600519.SH has bars of the 3rd and the 5th, none of the 4th, and
//! no suspension: warning.
//!
//! **Not reported.** Days of halts, days before the listing or from the delisting on, anything but A-shares, shares
//! whose listing date is not known; Beijing's shares before the exchange opened in 2021, whatever their listing date
//! says, for they were quoted on the NEEQ then. Where halts of former years were never fetched, a long halt looks like a gap.

use std::ops::Bound;

use chrono::NaiveDate;
use market_model::{InstrumentKind, follows_shanghai, opened};
use serde_json::json;

use crate::{CuratedBar, Days, Finding, History, Market, Origin, RuleInfo, Severity, day_view::skip_while};

/// See the module.
pub static INFO: RuleInfo = RuleInfo {
    code: "gap_without_suspension",
    severity: Severity::Warning,
    origin: Origin::Generation,
    title: "No bar on a trading day, and no suspension",
};

pub(crate) fn check(market: &Market<'_>, history: &History<'_>, days: Days<'_>, out: &mut Vec<Finding>) {
    let exchange = history.code.exchange();
    let Some(listed) = history.listed.filter(|_| history.kind == InstrumentKind::AShare) else { return };
    let listed = listed.max(opened(exchange).unwrap_or(listed));
    let end = history.delisted.unwrap_or(NaiveDate::MAX);
    if end <= listed {
        return;
    }
    let mut later = history.curated;
    let mut judge = |date: NaiveDate| {
        later = skip_while(later, |bar: &CuratedBar| bar.date < date).1;
        let has_bar = later.first().is_some_and(|bar| bar.date == date);
        // The days that are served as a whole are Shanghai's.
        let is_expected = follows_shanghai(exchange, date);
        if !has_bar && is_expected && history.suspended.binary_search(&date).is_err() {
            out.push(finding(market, history, date));
        }
    };
    match days {
        Days::All => {
            let listed_days = (Bound::Included(listed), Bound::Excluded(end));
            market.complete_days.range(listed_days).copied().for_each(&mut judge);
        }
        Days::Only(days) => {
            let is_judged = |date: &NaiveDate| (listed..end).contains(date) && market.complete_days.contains(date);
            days.iter().copied().filter(is_judged).for_each(&mut judge);
        }
    }
}

fn finding(market: &Market<'_>, history: &History<'_>, date: NaiveDate) -> Finding {
    let rows: Vec<_> = history.rows_of(date).iter().map(|row| market.row(row)).collect();
    let message = match history.rows_of(date) {
        [] => "no source has a bar of this trading day, and the code was not halted".to_owned(),
        [first, ..] => format!("a bar of {} is there, but none is served of this day", market.source(first.source)),
    };
    Finding::new(&INFO, message, json!({"rows": rows})).on(history.code, date)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{self, Sample};

    const TABLE: &str = "listed 2024-01-03
         delisted 2024-01-11
         halt 2024-01-05
         closed 2024-01-08
         day         close  served
         2024-01-02  none
         2024-01-03  10.00  yes
         2024-01-04  none            <- warning: no source has a bar of this trading day
         2024-01-05  none
         2024-01-06  none
         2024-01-08  none
         2024-01-09  10.00  no       <- warning: a bar of tushare is there, but none is served
         2024-01-10  10.00  yes
         2024-01-11  none";

    #[test]
    fn a_listed_share_has_a_bar_on_every_day_that_is_served_as_a_whole() {
        testing::check(check, TABLE);
    }

    #[test]
    fn shenzhen_had_days_of_its_own() {
        let table = "listed 1991-04-03\nday  close\n1991-04-03  49.00\n1991-04-04  none";
        testing::check(check, &format!("code 000001.SZ\n{table}"));
        testing::check(check, &format!("code 600601.SH\n{table}  <- warning: no source"));
    }

    #[test]
    fn before_beijing_had_opened_its_shares_were_quoted_elsewhere() {
        testing::check(
            check,
            "code 920799.BJ
             listed 2020-07-27
             2021-11-11  none
             2021-11-12  none
             2021-11-15  none  <- warning: no source has a bar",
        );
    }

    #[test]
    fn a_day_that_is_not_served_as_a_whole_has_no_gaps() {
        let mut sample = Sample::parse(TABLE);
        sample.complete_days.clear();
        assert!(sample.findings(check, Days::All).is_empty());
    }

    #[test]
    fn a_code_without_any_bar_is_missing_on_every_day() {
        let found = testing::check(
            check,
            "listed 2024-01-03
             2024-01-03  none  <- warning: no source
             2024-01-04  none  <- warning: no source",
        );
        assert_eq!(found[1].details, json!({"rows": []}));
    }

    #[test]
    fn without_a_listing_date_and_for_other_kinds_nothing_is_known() {
        testing::check(check, "listed -\nday  close\n2024-01-03  10.00\n2024-01-04  none");
        testing::check(check, "code 510300.SH\nlisted 2024-01-03\nday  close\n2024-01-03  10.00\n2024-01-04  none");
        testing::check(check, "listed 2024-01-03\ndelisted 2024-01-03\n2024-01-03  none");
    }
}
