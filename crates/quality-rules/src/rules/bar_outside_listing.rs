//! A bar before the listing or after the delisting.
//!
//! A share does not trade before its first day or after its last one. A bar there is another code's (a code that was
//! used again, a swap of two codes in one answer), a subscription price, or the listing date is wrong; each of them
//! spoils the adjusted series, which begins with the first bar.
//!
//! **Example.** 688981.SH was listed on 2020-07-16; a bar of 2020-07-15: warning.
//!
//! **Not reported.** Indices, whose history is computed back beyond their publication, and foreign codes; codes whose
//! dates are not known.

use market_model::InstrumentKind;
use serde_json::json;

use crate::{Days, Finding, History, Market, Origin, RuleInfo, Severity};

/// See the module.
pub static INFO: RuleInfo = RuleInfo {
    code: "bar_outside_listing",
    severity: Severity::Warning,
    origin: Origin::Generation,
    title: "A bar before the listing or after the delisting",
};

pub(crate) fn check(market: &Market<'_>, history: &History<'_>, days: Days<'_>, out: &mut Vec<Finding>) {
    if matches!(history.kind, InstrumentKind::Index | InstrumentKind::Foreign) {
        return;
    }
    for day in history.judged(days) {
        let (listed, delisted) = (history.listed, history.delisted);
        let outside = match (listed, delisted) {
            (Some(listed), _) if day.date < listed => format!("before the listing on {listed}"),
            (_, Some(delisted)) if day.date >= delisted => format!("after the delisting on {delisted}"),
            _ => continue,
        };
        let details = json!({
            "listed": listed,
            "delisted": delisted,
            "rows": market.rows(&day),
            "served": day.served.map(|bar| market.bar(history, bar)),
        });
        let message = format!("a bar {outside} ({})", market.holders(&day));
        out.push(Finding::new(&INFO, message, details).on(history.code, day.date));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{self, Sample};

    const TABLE: &str = "listed 2024-01-03
         delisted 2024-01-08
         day         close
         2024-01-02  10.00   <- warning: a bar before the listing on 2024-01-03 (tushare)
         2024-01-03  10.00
         2024-01-05  10.00
         2024-01-08  10.00   <- warning: a bar after the delisting on 2024-01-08 (tushare)";

    #[test]
    fn a_share_trades_from_its_first_day_to_its_last() {
        testing::check(check, TABLE);
        testing::check(check, &format!("code 510300.SH\n{TABLE}"));
    }

    #[test]
    fn an_index_is_computed_back_and_unknown_dates_bound_nothing() {
        for code in ["000300.SH", "AAPL.US"] {
            assert!(Sample::parse(&format!("code {code}\n{TABLE}")).findings(check, Days::All).is_empty());
        }
        testing::check(check, "listed -\nday  close\n1990-12-18  10.00\n2034-01-03  10.00");
    }
}
