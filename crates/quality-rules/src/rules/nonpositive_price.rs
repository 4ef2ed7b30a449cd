//! A price that is zero, negative or not a number.
//!
//! Nothing trades at such a price. It is what a vendor sends for "nothing", what a column that moved leaves, or what a
//! division by a missing factor gives; and one zero is enough to make every return, average and adjusted price after it
//! wrong. The gate refuses such a row before it is stored (it then rests in quarantine, and the finding names it); the
//! same rule looks at what is stored, for rows come in other ways too: released by force, or loaded before the rule
//! existed.
//!
//! **Example.** Open 10.02, high 10.20, low 9.98, close 0.00: error, "close is 0.00 (tushare)".
//!
//! **Not reported.** `pre_close`, amount and factor: there 0 is how vendors say that they have none.

use crate::{Days, Finding, History, Market, Origin, RuleInfo, Severity, evidence::Price};

/// See the module.
pub static INFO: RuleInfo = RuleInfo {
    code: "nonpositive_price",
    severity: Severity::Error,
    origin: Origin::Generation,
    title: "A price that is zero, negative or not a number",
};

pub(crate) fn check(market: &Market<'_>, history: &History<'_>, days: Days<'_>, out: &mut Vec<Finding>) {
    for day in history.judged(days) {
        for quote in day.quotes() {
            let prices = quote.prices();
            if !prices.into_iter().all(is_price) {
                let speaker = market.speaker(&quote);
                let message = format!("{} ({speaker})", named(prices));
                let finding = Finding::new(&INFO, message, market.quote(history, &quote));
                out.push(finding.on(history.code, day.date).about(speaker));
            }
        }
    }
}

fn is_price(value: f64) -> bool {
    value > 0.0 && value.is_finite()
}

/// `low is 0.00, close is NaN`
fn named(prices: [f64; 4]) -> String {
    let named = ["open", "high", "low", "close"].into_iter().zip(prices);
    let bad: Vec<_> =
        named.filter(|(_, price)| !is_price(*price)).map(|(n, p)| format!("{n} is {}", Price(p))).collect();
    bad.join(", ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::{self, Sample};

    #[test]
    fn every_price_of_every_source_must_be_one() {
        let found = testing::check(
            check,
            "day         source   open   high   low    close  volume
             2024-01-02  tdx      10.00  10.20   9.90  10.10  500
             2024-01-02  tushare  10.00  10.20   9.90   0.00  500      <- error: close is 0.00 (tushare)
             2024-01-03  tushare  10.00  10.20  -9.90  10.00  0        <- error: low is -9.90
             2024-01-04  tushare  NaN    inf     9.90  10.00  500      <- error: open is NaN, high is inf
             2024-01-05  tdx      10.00  10.20   9.90  10.00  0",
        );
        assert_eq!((found[0].subject.as_str(), &found[0].details["raw_id"]), ("tushare", &json!(7)));
        assert_eq!(found[2].details["open"], json!("NaN"));
    }

    #[test]
    fn a_served_bar_that_no_row_backs_is_judged_by_itself() {
        let mut sample = Sample::parse("day  close\n2024-01-02  10.00");
        sample.curated[0].close = f64::NAN;
        let found = sample.findings(check, Days::All);
        assert_eq!((found.len(), found[0].subject.as_str()), (1, "served"));
        sample.rows.clear();
        assert_eq!(sample.findings(check, Days::All).len(), 1);
    }
}
