//! The price from which a day's move counts.

use std::{collections::BTreeSet, ops::Bound};

use chrono::NaiveDate;
use market_model::{CorporateAction, InstrumentKind, ex_right_reference, ex_right_reference_unrounded};

use crate::{ActionRow, CuratedBar, History, Market, day_view::DayView};

/// Two sources' quantities of one event, per 10 shares, differ by no more: vendors round, TDX sends 32-bit floats.
const SAME_QUANTITY: f64 = 0.01;

/// The price from which a day's move counts: the exchange's ex-right reference.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Reference {
    /// The lowest that the sources' events mean; all but always the same as `high`.
    pub(crate) low: f64,
    /// The highest.
    pub(crate) high: f64,
    /// Who says so.
    pub(crate) from: ReferenceFrom,
}

/// Where a reference comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReferenceFrom {
    /// The `pre_close` of the row that is served.
    PreClose,
    /// The close before, and the corporate actions since.
    Events,
    /// The close before: there was no corporate action since.
    LastClose,
}

impl ReferenceFrom {
    /// The word in the details of findings.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::PreClose => "pre_close",
            Self::Events => "corporate_actions",
            Self::LastClose => "last_close",
        }
    }
}

impl Reference {
    /// The reference of a day that has a served bar; `None` where nothing tells.
    pub(crate) fn of(history: &History<'_>, day: &DayView<'_>) -> Option<Self> {
        let pre_close = day.served_row().map(|row| row.pre_close);
        if let Some(price) = pre_close.filter(|price| is_price(*price)) {
            return Some(Self { low: price, high: price, from: ReferenceFrom::PreClose });
        }
        let before = day.before?;
        if !is_price(before.close) {
            return None;
        }
        let due = due_actions(history, day);
        if due.is_empty() {
            return Some(Self { low: before.close, high: before.close, from: ReferenceFrom::LastClose });
        }
        let words: Vec<f64> = references(history, before.close, due).flatten().collect();
        let low = words.iter().copied().reduce(f64::min)?;
        let high = words.iter().copied().reduce(f64::max)?;
        Some(Self { low, high, from: ReferenceFrom::Events })
    }
}

/// The corporate actions between the served bar before and the day, as every source knows them.
pub(crate) fn due_actions<'a>(history: &History<'a>, day: &DayView<'_>) -> &'a [ActionRow] {
    let Some(before) = day.before else { return &[] };
    let actions = &history.actions[history.actions.partition_point(|row| row.action.ex_date <= before.date)..];
    &actions[..actions.partition_point(|row| row.action.ex_date <= day.date)]
}

/// The price after the actions by each source in turn: of an ex-date that it does not know, the others' word counts.
/// `None` for a source whose figures leave no price.
pub(crate) fn references<'a>(
    history: &History<'_>,
    close: f64,
    due: &'a [ActionRow],
) -> impl Iterator<Item = Option<f64>> + 'a {
    // The mainland's exchanges publish the reference of a share rounded to a cent; elsewhere nobody does.
    let is_published = history.kind == InstrumentKind::AShare;
    let formula = if is_published { ex_right_reference } else { ex_right_reference_unrounded };
    let mut sources: Vec<u8> = due.iter().filter(|row| has_effect(&row.action)).map(|row| row.source).collect();
    sources.sort_unstable();
    sources.dedup();
    sources.into_iter().map(move |preferred| {
        due.chunk_by(|a, b| a.action.ex_date == b.action.ex_date).try_fold(close, |close, of_day| {
            let effective = || of_day.iter().filter(|row| has_effect(&row.action));
            let knows = |source: u8| effective().any(|row| row.source == source);
            let Some(source) =
                knows(preferred).then_some(preferred).or_else(|| effective().map(|row| row.source).min())
            else {
                return Some(close);
            };
            if source != preferred && is_dated_otherwise(due, preferred, source, of_day[0].action.ex_date) {
                return Some(close);
            }
            let lines: Vec<CorporateAction> =
                effective().filter(|row| row.source == source).map(|row| row.action.clone()).collect();
            formula(close, &lines)
        })
    })
}

/// Whether `preferred` has the event that `source` has on `ex_date` on another day, of which `source` knows nothing: of an
/// event in a halt one vendor tells the ex-date and another the day on which trading resumed.
fn is_dated_otherwise(due: &[ActionRow], preferred: u8, source: u8, ex_date: NaiveDate) -> bool {
    let event = given(due, source, ex_date);
    due.iter().filter(|row| row.source == preferred && has_effect(&row.action)).any(|row| {
        let date = row.action.ex_date;
        let is_same = |(a, b): (f64, f64)| (a - b).abs() <= SAME_QUANTITY;
        given(due, source, date) == [0.0; 3] && given(due, preferred, date).into_iter().zip(event).all(is_same)
    })
}

/// The cash, bonus and rights that a share got on an ex-date by a source's word, its lines together.
fn given(due: &[ActionRow], source: u8, ex_date: NaiveDate) -> [f64; 3] {
    let lines = due.iter().filter(|row| row.source == source && row.action.ex_date == ex_date);
    lines.fold([0.0; 3], |[cash, bonus, rights], ActionRow { action, .. }| {
        [cash + action.cash_per_10, bonus + action.bonus_per_10, rights + action.rights_per_10]
    })
}

/// How many days between the served bar before and the day lack their bar: the market traded, or nobody knows what it did,
/// and nobody says that the code was halted. Of a foreign code's days nothing is known.
pub(crate) fn days_missing(market: &Market<'_>, history: &History<'_>, day: &DayView<'_>) -> usize {
    not_halted(history, day, market.complete_days) + days_unknown(market, history, day)
}

/// How many of them are days of which the warehouse has no market.
pub(crate) fn days_unknown(market: &Market<'_>, history: &History<'_>, day: &DayView<'_>) -> usize {
    not_halted(history, day, market.unknown_days)
}

fn not_halted(history: &History<'_>, day: &DayView<'_>, days: &BTreeSet<NaiveDate>) -> usize {
    let is_here = |before: &&CuratedBar| before.date < day.date && history.code.exchange().is_mainland();
    let Some(before) = day.before.filter(is_here) else { return 0 };
    let between = days.range((Bound::Excluded(before.date), Bound::Excluded(day.date)));
    between.filter(|date| history.suspended.binary_search(date).is_err()).count()
}

/// Whether an action moves the price at all.
pub(crate) fn has_effect(action: &CorporateAction) -> bool {
    [action.cash_per_10, action.bonus_per_10, action.rights_per_10].iter().any(|quantity| *quantity != 0.0)
}

fn is_price(value: f64) -> bool {
    value.is_finite() && value > 0.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Days, testing::Sample};

    fn last(sample: &Sample) -> Option<Reference> {
        let history = sample.history();
        history.judged(Days::All).last().and_then(|day| Reference::of(&history, &day))
    }

    fn reference(table: &str) -> Option<(f64, f64, ReferenceFrom)> {
        last(&Sample::parse(table)).map(|found| (found.low, found.high, found.from))
    }

    #[test]
    fn the_exchanges_own_word_comes_first() {
        let both = "event 2024-01-03 tdx cash=5
                    day         close  pre_close
                    2024-01-02  10.00  -
                    2024-01-03   9.60  9.51";
        assert_eq!(reference(both), Some((9.51, 9.51, ReferenceFrom::PreClose)));
        assert_eq!(reference(&both.replace("9.51", "-")), Some((9.5, 9.5, ReferenceFrom::Events)));
        let plain = "day  close\n2024-01-02  10.00\n2024-01-03  9.60";
        assert_eq!(reference(plain), Some((10.0, 10.0, ReferenceFrom::LastClose)));
        assert_eq!(reference("day  close\n2024-01-03  9.60"), None);
        for nonsense in ["NaN", "inf", "0", "-9.5"] {
            assert_eq!(
                reference(&both.replace("9.51", nonsense)),
                Some((9.5, 9.5, ReferenceFrom::Events)),
                "{nonsense}"
            );
        }
    }

    #[test]
    fn events_of_a_halt_compound_at_its_end_in_order_of_date() {
        let halt = "event 2024-01-03 tdx cash=5
                    event 2024-01-05 tdx bonus=10
                    event 2024-01-02 tdx cash=90
                    event 2024-01-09 tdx cash=90
                    day         close
                    2024-01-02  10.00
                    2024-01-08   5.00";
        assert_eq!(reference(halt), Some((4.75, 4.75, ReferenceFrom::Events)));
    }

    #[test]
    fn sources_that_disagree_mean_a_range_and_each_event_counts_once() {
        let two = "event 2024-01-03 tushare cash=5
                   event 2024-01-03 tdx cash=6
                   event 2024-01-04 tdx bonus=10
                   event 2024-01-04 tushare
                   day         close
                   2024-01-02  10.00
                   2024-01-05   4.80";
        assert_eq!(reference(two), Some((4.7, 4.75, ReferenceFrom::Events)));
    }

    #[test]
    fn an_event_that_two_sources_date_differently_counts_once() {
        let halt = "event 2024-01-03 tushare cash=5 bonus=10
                    event 2024-01-05 tdx cash=5 bonus=10
                    day         close
                    2024-01-02  10.00
                    2024-01-08   4.80";
        assert_eq!(reference(halt), Some((4.75, 4.75, ReferenceFrom::Events)));
        // Another event is another one, and so is one that both of them have a second time.
        let others = halt.replace("tdx cash=5 bonus=10", "tdx cash=5");
        assert_eq!(reference(&others), Some((4.25, 4.25, ReferenceFrom::Events)));
        let less = halt.replace("tdx cash=5", "tdx cash=3");
        assert_eq!(reference(&less), Some((2.23, 2.23, ReferenceFrom::Events)));
        let rights = halt.replace("tushare cash=5 bonus=10", "tushare cash=5 bonus=10 rights=3 price=5");
        assert_eq!(reference(&rights), Some((2.14, 2.14, ReferenceFrom::Events)));
        let twice = format!("event 2024-01-03 tdx cash=5 bonus=10\n{halt}");
        assert_eq!(reference(&twice).map(|(low, ..)| low), Some(2.13));
    }

    #[test]
    fn an_event_that_leaves_no_price_gives_no_reference() {
        let table = "event 2024-01-03 tdx cash=200\nday  close\n2024-01-02  10.00\n2024-01-03  9.60";
        assert_eq!(reference(table), None);
        let table = table.replace("cash=200", "cash=NaN");
        assert_eq!(reference(&table), None);
    }

    #[test]
    fn only_a_shares_have_a_reference_in_cents() {
        let table = "event 2024-01-03 tdx bonus=30\nday  close\n2024-01-02  1.25\n2024-01-03  0.31";
        assert_eq!(reference(table), Some((0.31, 0.31, ReferenceFrom::Events)));
        let fund = format!("code 510300.SH\n{table}");
        assert_eq!(reference(&fund), Some((0.3125, 0.3125, ReferenceFrom::Events)));
    }
}
