//! Two rows for one code, day and source.
//!
//! Nor may a day have two served bars. The warehouse has no unique indexes (they cost more than they give and break
//! under replacement): one row per code, day and source is held by construction, each transaction replacing what it
//! brings. This rule is the proof that it holds. Two rows of one key mean that a sum over the day counts one share
//! twice and that what a reader gets is chance.
//!
//! **Example.** tushare has two rows of 2024-01-02, closes 10.00 and 10.10: error, with the responses both came from. A
//! key that a vendor sends twice in one response, with different values, is refused at the gate under the same name.
//!
//! **Not reported.** Rows of two sources about one day: that is what `cross_source` compares.

use serde_json::json;

use crate::{Days, Finding, History, Market, Origin, RuleInfo, Severity, evidence::Price};

/// See the module.
pub static INFO: RuleInfo = RuleInfo {
    code: "duplicate_key",
    severity: Severity::Error,
    origin: Origin::Generation,
    title: "Two rows for one code, day and source",
};

pub(crate) fn check(market: &Market<'_>, history: &History<'_>, days: Days<'_>, out: &mut Vec<Finding>) {
    for day in history.judged(days) {
        for rows in day.rows.chunk_by(|a, b| a.source == b.source).filter(|rows| rows.len() > 1) {
            let source = market.source(rows[0].source);
            let closes: Vec<String> = rows.iter().map(|row| Price(row.close).to_string()).collect();
            let message = format!("{source} has {} rows of this day, closes {}", rows.len(), closes.join(" and "));
            let details = json!({"rows": rows.iter().map(|row| market.row(row)).collect::<Vec<_>>()});
            out.push(Finding::new(&INFO, message, details).on(history.code, day.date).about(source));
        }
        if let [_, _, ..] = day.bars {
            let bars: Vec<_> = day.bars.iter().map(|bar| market.bar(history, bar)).collect();
            let message = format!("{} bars are served of this day", bars.len());
            let finding = Finding::new(&INFO, message, json!({"served": bars, "rows": market.rows(&day)}));
            out.push(finding.on(history.code, day.date).about("served"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn one_row_per_source_and_one_served_bar_per_day() {
        let found = testing::check(
            check,
            "day         source   close  served
             2024-01-02  tdx      10.00  no
             2024-01-02  tushare  10.00  yes
             2024-01-03  tdx      10.00  no
             2024-01-03  tushare  10.10  yes
             2024-01-03  tushare  10.20  no      <- error: tushare has 2 rows of this day, closes 10.10 and 10.20
             2024-01-04  tdx      10.10  yes
             2024-01-04  tushare  10.20  yes     <- error: 2 bars are served of this day
             2024-01-05  tushare  10.20  yes",
        );
        let subjects: Vec<_> = found.iter().map(|finding| finding.subject.as_str()).collect();
        assert_eq!(subjects, ["tushare", "served"]);
        assert_eq!(found[0].details["rows"][1]["raw_row"], 4);
    }
}
