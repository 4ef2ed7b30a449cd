//! A published price limit is not the rulebook's.
//!
//! Both should be the exchange's. Where they differ, one of three things is wrong: the rulebook (a rule changed, or a
//! day without a limit is not in the table), what it is asked with (board, listing date, special treatment, the
//! reference price), or the published row. Each would sooner or later make `price_limit` blame a right price or pass a
//! wrong one, so the difference itself is worth a look. A limit is published without one as a sentinel such as
//! 99999.99.
//!
//! **Example.** Reference 10.00, main board, not under special treatment: the rulebook says 9.00 and 11.00. Published
//! are 9.50 and 10.50: warning, for somebody thinks the share is under special treatment. Published are 0.01 and
//! 99999.99: warning, for the day seems to have no limit (a resumption that belongs into the table).
//!
//! **Not reported.** Days before there were limits, days without a served bar or without a reference, days before which
//! bars are missing where no `pre_close` tells the reference; limits that are right under either state where the code's
//! names are not known. Funds and bonds, whose limit the code does not tell.

use market_model::Tick;
use serde_json::json;

use crate::{
    DayLimit, Days, Finding, History, Market, Origin, RuleInfo, Severity,
    allowed::{Answer, Book, Freedom, Range},
    day_view::{DayView, skip_while},
    evidence::{Price, number},
    reference::{Reference, ReferenceFrom, days_missing},
};

/// See the module.
pub static INFO: RuleInfo = RuleInfo {
    code: "limit_disagrees",
    severity: Severity::Warning,
    origin: Origin::Generation,
    title: "A published price limit is not the rulebook's",
};

/// A highest price of so many times the reference is a sentinel. The widest limit there is allows 1.573 times.
const SENTINEL: f64 = 4.0;

pub(crate) fn check(market: &Market<'_>, history: &History<'_>, days: Days<'_>, out: &mut Vec<Finding>) {
    let Some(book) = Book::of_share(market, history).filter(|_| !history.limits.is_empty()) else { return };
    let mut limits = history.limits;
    for day in history.judged(days) {
        limits = skip_while(limits, |limit| limit.date < day.date).1;
        let of_day = limits.iter().take_while(|limit| limit.date == day.date);
        let Some(reference) = of_day.clone().next().and_then(|_| certain_reference(market, history, &day)) else {
            continue;
        };
        for limit in of_day {
            if let Some(theirs) = disagreement(&book, &day, reference, limit) {
                let details = json!({
                    "published": {"up_limit": number(limit.up), "down_limit": number(limit.down)},
                    "rulebook": theirs.as_ref().map(|range| json!({
                        "up_limit": number(range.up),
                        "down_limit": number(range.down),
                        "limit_percent": range.limit.percents(),
                    })).ok(),
                    "reference": [number(reference.low), number(reference.high)],
                    "reference_from": reference.from.as_str(),
                    "bar": day.served.map(|bar| market.bar(history, bar)),
                });
                let message = format!("{}; by the rulebook {}", published(limit, reference), expected(&theirs));
                out.push(Finding::new(&INFO, message, details).on(history.code, day.date));
            }
        }
    }
}

/// The reference, if it is one that limits can be computed from.
fn certain_reference(market: &Market<'_>, history: &History<'_>, day: &DayView<'_>) -> Option<Reference> {
    day.served?;
    let reference = Reference::of(history, day)?;
    (reference.from == ReferenceFrom::PreClose || days_missing(market, history, day) == 0).then_some(reference)
}

/// What the rulebook says, if nothing that it may say is what is published.
fn disagreement<'a>(
    book: &Book<'a>,
    day: &DayView<'_>,
    reference: Reference,
    limit: &DayLimit,
) -> Option<Result<Range, Freedom<'a>>> {
    let (mut first, mut agrees) = (None, false);
    book.answers(day, &mut |answer| {
        let said = match answer {
            Answer::Free(Freedom::NoRule) => {
                agrees = true;
                return;
            }
            Answer::Free(freedom) => {
                agrees |= is_sentinel(limit, reference);
                Err(freedom)
            }
            Answer::Limited(percents) => {
                let Some(range) = book.range(reference, percents) else { return };
                agrees |= is_same(limit, &range, book.tick) && !is_sentinel(limit, reference);
                Ok(range)
            }
        };
        first = first.or(Some(said));
    });
    first.filter(|_| !agrees)
}

fn is_sentinel(limit: &DayLimit, reference: Reference) -> bool {
    limit.up > reference.high * SENTINEL
}

/// Equal to the tick. A limit that is no number equals none.
fn is_same(limit: &DayLimit, range: &Range, tick: Tick) -> bool {
    let same = |a: f64, b: f64| a.is_finite() && tick.count_of(a) == tick.count_of(b);
    same(limit.up, range.up) && same(limit.down, range.down)
}

fn published(limit: &DayLimit, reference: Reference) -> String {
    if is_sentinel(limit, reference) {
        return "published without a limit".to_owned();
    }
    format!("published limits {} and {}", Price(limit.down), Price(limit.up))
}

fn expected(theirs: &Result<Range, Freedom<'_>>) -> String {
    match theirs {
        Ok(range) => {
            let reference = Price(range.reference.high);
            format!("{} and {}, {} of {reference}", Price(range.down), Price(range.up), range.percents())
        }
        Err(freedom) => format!("the day has no limit: {}", freedom.reason()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn what_is_published_must_be_what_the_rulebook_says() {
        let found = testing::check(
            check,
            "name 2020-01-01 plain
             limit 2024-01-03 9.00 11.00
             limit 2024-01-04 9.50 10.50
             limit 2024-01-05 0.01 99999.99
             limit 2024-01-08 9.00 NaN
             limit 2024-01-09 9.01 11.00
             limit 2024-01-10 9.00 11.00
             day         close  pre_close
             2024-01-03  10.00  10.00
             2024-01-04  10.00  10.00    <- warning: published limits 9.50 and 10.50; by the rulebook 9.00 and 11.00, 10 % of 10.00
             2024-01-05  10.00  10.00    <- warning: published without a limit; by the rulebook 9.00 and 11.00
             2024-01-08  10.00  10.00    <- warning: published limits 9.00 and NaN
             2024-01-09  10.00  10.00    <- warning: published limits 9.01 and 11.00
             2024-01-11  10.00  10.00",
        );
        assert_eq!(found[0].details["rulebook"]["up_limit"], 11.0);
        assert_eq!(found[0].details["published"]["up_limit"], 10.5);
    }

    #[test]
    fn without_names_either_state_agrees() {
        let table = "limit 2024-01-03 9.00 11.00
             limit 2024-01-04 9.50 10.50
             limit 2024-01-05 8.00 12.00
             day         close
             2024-01-02  10.00
             2024-01-03  10.00
             2024-01-04  10.00
             2024-01-05  10.00   <- warning: published limits 8.00 and 12.00";
        testing::check(check, table);
        let known =
            table.replace("2024-01-03  10.00", "2024-01-03  10.00 <- warning: by the rulebook 9.50 and 10.50, 5 %");
        testing::check(check, &format!("name 2020-01-01 st\n{known}"));
    }

    #[test]
    fn a_day_without_a_limit_is_published_without_one() {
        let table = "limit 2024-01-03 9.00 11.00
             limit 2024-01-04 0.01 99999.99
             day         close
             2024-01-02  10.00
             2024-01-03  10.00   <- warning: the day has no limit: trading day 2 of the listing
             2024-01-04  10.00";
        testing::check(check, &format!("listed 2024-01-02\n{table}"));
    }

    #[test]
    fn days_that_cannot_be_judged_are_silent() {
        testing::check(
            check,
            "limit 1996-12-13 9.00 11.00
             limit 1996-12-17 9.99 99.00
             limit 1996-12-19 9.99 99.00
             day         close  pre_close
             1996-12-12  10.00  -
             1996-12-13  10.00  -
             1996-12-17  none
             1996-12-18  none
             1996-12-19  10.00  -",
        );
        testing::check(
            check,
            "code 510300.SH\nlimit 2024-01-03 1.00 2.00\nday  close  pre_close\n2024-01-03  10.00  10.00",
        );
    }

    #[test]
    fn a_price_of_more_than_four_times_the_reference_is_no_limit_and_less_is_one() {
        testing::check(
            check,
            "name 2020-01-01 plain
             listed 2024-01-02
             limit 2024-01-03 0.01 40.00
             limit 2024-01-04 0.01 40.01
             limit 2024-01-10 90.00 110.00
             day         close   pre_close
             2024-01-02   10.00   10.00
             2024-01-03   10.00   10.00    <- warning: published limits 0.01 and 40.00; by the rulebook the day has no limit
             2024-01-04   10.00   10.00
             2024-01-10  100.00  100.00",
        );
    }
}
