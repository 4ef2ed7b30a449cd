//! A code's corporate actions: per ex-date those of the best source that has any.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use market_model::{CorporateAction, ex_right_reference, ex_right_reference_unrounded};

use crate::{SourcePolicy, is_whole_market};

/// The events that count, ascending by ex-date.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Events(Vec<ExDate>);

#[derive(Debug, Clone, PartialEq)]
struct ExDate {
    date: NaiveDate,
    /// All from one source; several add up.
    actions: Vec<CorporateAction>,
}

impl Events {
    /// Chooses among the events of one code, in any order. `order` is [`SourcePolicy::corporate_action`]. An event that
    /// moves no price is none.
    pub(crate) fn choose<S: AsRef<str>>(
        events: impl IntoIterator<Item = (S, CorporateAction)>,
        order: &[String],
    ) -> Self {
        let mut by_date: BTreeMap<NaiveDate, BTreeMap<(usize, String), Vec<CorporateAction>>> = BTreeMap::new();
        for (source, action) in events {
            if action.cash_per_10 != 0.0 || action.bonus_per_10 != 0.0 || action.rights_per_10 != 0.0 {
                let source = source.as_ref();
                let rank = (SourcePolicy::place(order, source), source.to_owned());
                by_date.entry(action.ex_date).or_default().entry(rank).or_default().push(action);
            }
        }
        let best = by_date.into_iter().filter_map(|(date, mut sources)| {
            let (_, actions) = sources.pop_first()?;
            Some(ExDate { date, actions })
        });
        Self(best.collect())
    }

    /// The ex-right reference of the first bar on or after `day`, given the close of the bar before it, on `before`: the
    /// exchange's formula for every ex-date in `(before, day]`, one after the other; see [`ExDate::reference`]. `None` if
    /// there is none, or if no price comes out.
    pub(crate) fn reference(&self, before: NaiveDate, close: f64, day: NaiveDate) -> Option<f64> {
        let due = &self.0[self.0.partition_point(|event| event.date <= before)..];
        let due = &due[..due.partition_point(|event| event.date <= day)];
        if due.is_empty() {
            return None;
        }
        due.iter().try_fold(close, |close, event| event.reference(close))
    }
}

impl ExDate {
    /// The price after this date's events. The mainland's exchanges publish it rounded to a cent for shares; elsewhere, and
    /// for funds with their finer tick, nobody does, and rounding would only put an error of up to half a cent into the
    /// factor of a cheap share.
    fn reference(&self, close: f64) -> Option<f64> {
        let is_published = self.actions.first().is_some_and(|action| is_whole_market(&action.code));
        let formula = if is_published { ex_right_reference } else { ex_right_reference_unrounded };
        formula(close, &self.actions)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2024, 1, day).unwrap()
    }

    fn event(ex_date: u32, cash: f64, bonus: f64) -> CorporateAction {
        CorporateAction {
            code: "600000.SH".parse().unwrap(),
            ex_date: day(ex_date),
            announced: None,
            cash_per_10: cash,
            bonus_per_10: bonus,
            rights_per_10: 0.0,
            rights_price: 0.0,
        }
    }

    fn order() -> Vec<String> {
        SourcePolicy::default().corporate_action
    }

    #[test]
    fn per_ex_date_the_best_source_counts_whatever_the_order_of_rows() {
        let mut rows = vec![
            ("tushare", event(4, 1.0, 0.0)),
            ("tdx", event(4, 2.0, 0.0)),
            ("tushare", event(9, 5.0, 0.0)),
            ("tushare", event(9, 5.0, 0.0)),
            ("tdx", event(9, 0.0, 0.0)),
            ("somebody", event(20, 1.0, 0.0)),
        ];
        let events = Events::choose(rows.clone(), &order());
        // 10 - 0.2; 10 - 2 x 0.5, for an event without effect is none; 10 - 0.1.
        for (before, after, expected) in [(2, 4, 9.8), (4, 9, 9.0), (9, 30, 9.9)] {
            assert_eq!(events.reference(day(before), 10.0, day(after)), Some(expected));
        }
        rows.reverse();
        assert_eq!(Events::choose(rows, &order()), events);
    }

    #[test]
    fn only_the_mainlands_shares_have_a_reference_in_cents() {
        let split = |code: &str| CorporateAction { code: code.parse().unwrap(), ..event(3, 0.0, 30.0) };
        let after = |code: &str| Events::choose([("yahoo", split(code))], &order()).reference(day(2), 1.25, day(3));
        assert_eq!(after("600000.SH"), Some(0.31));
        assert_eq!(after("0700.HK"), Some(0.3125));
        assert_eq!(after("510300.SH"), Some(0.3125), "a fund's tick is finer");
    }

    #[test]
    fn several_ex_dates_compound_and_those_of_the_future_wait() {
        let events = Events::choose([("tdx", event(3, 5.0, 0.0)), ("tdx", event(5, 0.0, 10.0))], &order());
        assert_eq!(events.reference(day(2), 10.0, day(5)), Some(4.75));
        assert_eq!(events.reference(day(2), 10.0, day(4)), Some(9.5));
        assert_eq!(events.reference(day(3), 10.0, day(4)), None);
        assert_eq!(events.reference(day(5), 10.0, day(9)), None);
        assert_eq!(events.reference(day(2), 0.4, day(4)), None, "more cash than price");
    }
}
