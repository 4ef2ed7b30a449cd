//! A corporate action that the adjustment factor does not show.
//!
//! On an ex-date the price falls by what the holder was given, and the factor must grow by as much. Where it stays
//! flat, the event was dropped: every return over that day shows a loss that nobody had, and all adjusted prices before
//! are too high. An event takes effect on the first served bar on or after its ex-date, several of one gap together.
//!
//! **Example.** 000001.SZ gave 6 bonus shares and 1.70 yuan per 10 on 2013-06-20: from 19.24 the reference is 11.92 and
//! the factor grows by 1.6141. A factor that is the same on both days: error.
//!
//! **Not reported.** Events that move the price by no more than a tick (a cash dividend of half a cent per share rounds
//! away); events before the first bar or after the last; a factor that grows by another amount, which
//! `factor_disagrees` compares.

use serde_json::json;

use crate::{
    ActionRow, Days, Finding, History, Market, Origin, RuleInfo, Severity,
    evidence::{Price, number},
    reference::{due_actions, has_effect, references},
    rules::factor_without_event::moves_the_price,
};

/// See the module.
pub static INFO: RuleInfo = RuleInfo {
    code: "event_without_factor",
    severity: Severity::Error,
    origin: Origin::Generation,
    title: "A corporate action that the adjustment factor does not show",
};

pub(crate) fn check(market: &Market<'_>, history: &History<'_>, days: Days<'_>, out: &mut Vec<Finding>) {
    if history.actions.is_empty() {
        return;
    }
    for day in history.judged(days) {
        let (Some(bar), Some(before)) = (day.served, day.before) else { continue };
        let due = due_actions(history, &day);
        if due.is_empty() || moves_the_price(history, before.close, bar.factor / before.factor) {
            continue;
        }
        let Some(expected) = greatest_effect(history, before.close, due) else { continue };
        let events: Vec<_> = due.iter().filter(|row| has_effect(&row.action)).collect();
        let ex_dates: Vec<String> = events.iter().map(|row| row.action.ex_date.to_string()).collect();
        let meant = match expected {
            Some(reference) => format!("mean a reference of {} after {}", Price(reference), Price(before.close)),
            None => format!("leave no price of {}", Price(before.close)),
        };
        let message =
            format!("the corporate actions of {} {meant}, and the factor does not step", distinct(ex_dates).join(", "));
        let details = json!({
            "reference": expected.map(number),
            "events": events.iter().map(|row| event(market, row)).collect::<Vec<_>>(),
            "bar": market.bar(history, bar),
            "before": market.bar(history, before),
        });
        out.push(Finding::new(&INFO, message, details).on(history.code, day.date));
    }
}

/// The reference that is furthest from the close by any source's word, if it is further than a tick: `Some(None)` where
/// the figures leave no price at all.
fn greatest_effect(history: &History<'_>, close: f64, due: &[ActionRow]) -> Option<Option<f64>> {
    let tick = market_model::tick(history.kind, history.code.exchange());
    let least = tick.map_or(close.abs() * 1e-3, |tick| tick.size()) * (1.0 + 1e-6);
    let effect = |reference: &Option<f64>| reference.map_or(f64::INFINITY, |reference| (close - reference).abs());
    references(history, close, due)
        .max_by(|a, b| effect(a).total_cmp(&effect(b)))
        .filter(|greatest| effect(greatest) > least)
}

fn event(market: &Market<'_>, row: &ActionRow) -> serde_json::Value {
    json!({
        "source": market.source(row.source),
        "ex_date": row.action.ex_date,
        "cash_per_10": number(row.action.cash_per_10),
        "bonus_per_10": number(row.action.bonus_per_10),
        "rights_per_10": number(row.action.rights_per_10),
        "rights_price": number(row.action.rights_price),
    })
}

fn distinct(mut dates: Vec<String>) -> Vec<String> {
    dates.dedup();
    dates
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn an_event_makes_the_factor_step() {
        let table = "code 000001.SZ
             event 2013-06-20 tdx cash=1.7 bonus=6
             event 2013-06-20 tushare cash=1.7 bonus=6
             day         close  factor
             2013-06-19  19.24  1.0
             2013-06-20  11.18  1.0      <- error: the corporate actions of 2013-06-20 mean a reference of 11.92 after 19.24, and the factor does not step
             2013-06-21  11.18  1.0";
        let found = testing::check(check, table);
        assert_eq!(
            found[0].details["events"][1],
            json!({"source": "tushare", "ex_date": "2013-06-20", "cash_per_10": 1.7,
            "bonus_per_10": 6.0, "rights_per_10": 0.0, "rights_price": 0.0})
        );
        let steps = "code 000001.SZ
             event 2013-06-20 tdx cash=1.7 bonus=6
             day         close  factor
             2013-06-19  19.24  1.0
             2013-06-20  11.18  1.6141";
        testing::check(check, steps);
    }

    #[test]
    fn it_takes_effect_on_the_first_bar_on_or_after_the_ex_date() {
        testing::check(
            check,
            "event 2024-01-02 tdx bonus=10
             event 2024-01-04 tdx cash=5
             event 2024-01-06 tdx bonus=10
             event 2024-01-20 tdx bonus=10
             day         close
             2024-01-02  10.00
             2024-01-03  10.00
             2024-01-09  10.00   <- error: the corporate actions of 2024-01-04, 2024-01-06 mean a reference of 4.75 after 10.00
             2024-01-10  10.00",
        );
    }

    #[test]
    fn an_effect_of_a_tick_is_rounding() {
        testing::check(
            check,
            "event 2024-01-03 tdx cash=0.14
             event 2024-01-04 tdx cash=0.16
             event 2024-01-05 tdx
             day         close
             2024-01-02  10.00
             2024-01-03  10.00
             2024-01-04  10.00  <- error: 2024-01-04 mean a reference of 9.98 after 10.00
             2024-01-05  10.00",
        );
    }

    #[test]
    fn one_source_that_knows_is_enough_and_figures_that_leave_no_price_hide_nothing() {
        testing::check(
            check,
            "event 2024-01-03 tdx
             event 2024-01-03 tushare bonus=1
             event 2024-01-04 tdx cash=500
             event 2024-01-05 tdx cash=NaN
             day         close
             2024-01-02  10.00
             2024-01-03   9.09  <- error: the corporate actions of 2024-01-03 mean a reference of 9.09
             2024-01-04   9.09  <- error: the corporate actions of 2024-01-04 leave no price of 9.09
             2024-01-05   9.09  <- error: the corporate actions of 2024-01-05 leave no price",
        );
    }

    #[test]
    fn the_factor_shows_an_event_by_its_growth_whatever_it_was() {
        testing::check(
            check,
            "event 2024-01-03 tdx cash=5
             day         close  factor
             2024-01-02  10.00  2.0
             2024-01-03   9.50  2.0     <- error: 2024-01-03 mean a reference of 9.50 after 10.00",
        );
    }

    #[test]
    fn where_no_tick_is_known_a_thousandth_is_rounding() {
        let after = |cash: &str, mark: &str| {
            let days = format!("day  source  close\n2024-01-02  yahoo  100.00\n2024-01-03  yahoo  100.00  {mark}");
            testing::check(check, &format!("code AAPL.US\nevent 2024-01-03 yahoo cash={cash}\n{days}"));
        };
        after("0.9", "");
        after("1.1", "<- error: mean a reference of 99.89 after 100.00");
    }
}
