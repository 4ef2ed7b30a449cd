//! Trading days. They are taken from a vendor's calendar, never inferred from weekdays.

use std::collections::BTreeMap;

use chrono::{Datelike as _, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::Exchange;

/// The first year in which Shenzhen traded on Shanghai's days. In 1991 it traded on Saturdays as well, and until May 1993
/// on make-up working days at weekends: 39 bars of 000001.SZ are of such days, none of a later one.
const SHENZHEN_FOLLOWS: i32 = 1994;

/// Whether Shanghai's calendar, which is the one that vendors publish, says when `exchange` traded on `date`.
pub fn follows_shanghai(exchange: Exchange, date: NaiveDate) -> bool {
    match exchange {
        Exchange::Sse | Exchange::Bse => true,
        Exchange::Szse => date.year() >= SHENZHEN_FOLLOWS,
        Exchange::Hkex | Exchange::Us | Exchange::Fx | Exchange::Index => false,
    }
}

/// The day on which a mainland exchange opened; `None` for the others.
///
/// Shenzhen began on trial on 1990-12-01 (000005.SZ is listed since 1990-12-10), eighteen days before Shanghai. Beijing's
/// shares were quoted on the NEEQ before; listing dates and histories of vendors reach back into that time.
pub const fn opened(exchange: Exchange) -> Option<NaiveDate> {
    match exchange {
        Exchange::Sse => NaiveDate::from_ymd_opt(1990, 12, 19),
        Exchange::Szse => NaiveDate::from_ymd_opt(1990, 12, 1),
        Exchange::Bse => NaiveDate::from_ymd_opt(2021, 11, 15),
        Exchange::Hkex | Exchange::Us | Exchange::Fx | Exchange::Index => None,
    }
}

/// One calendar day of one exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CalendarDay {
    /// The exchange. The three mainland ones share one calendar (vendors publish it for SSE).
    pub exchange: Exchange,
    /// The day.
    pub date: NaiveDate,
    /// Whether it trades.
    pub is_open: bool,
    /// The trading day before it, where the vendor says so.
    pub previous_open: Option<NaiveDate>,
}

/// The calendar of one exchange over the range that was fetched.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TradingCalendar {
    days: BTreeMap<NaiveDate, bool>,
}

impl TradingCalendar {
    /// Builds a calendar from `(day, is_open)`; a later entry for the same day wins.
    pub fn from_days(days: impl IntoIterator<Item = (NaiveDate, bool)>) -> Self {
        Self { days: days.into_iter().collect() }
    }

    /// Whether `date` trades; `None` outside the fetched range.
    pub fn is_open(&self, date: NaiveDate) -> Option<bool> {
        self.days.get(&date).copied()
    }

    /// First and last day the calendar knows.
    pub fn range(&self) -> Option<(NaiveDate, NaiveDate)> {
        Some((*self.days.first_key_value()?.0, *self.days.last_key_value()?.0))
    }

    /// The trading days in `[from, to]`, ascending.
    pub fn open_days(&self, from: NaiveDate, to: NaiveDate) -> impl DoubleEndedIterator<Item = NaiveDate> + '_ {
        let range = (from <= to).then(|| self.days.range(from..=to));
        range.into_iter().flatten().filter(|(_, open)| **open).map(|(date, _)| *date)
    }

    /// The last trading day strictly before `date`.
    pub fn previous_open(&self, date: NaiveDate) -> Option<NaiveDate> {
        self.days.range(..date).rev().find(|(_, open)| **open).map(|(date, _)| *date)
    }

    /// The first trading day strictly after `date`.
    pub fn next_open(&self, date: NaiveDate) -> Option<NaiveDate> {
        let after = date.succ_opt()?;
        self.days.range(after..).find(|(_, open)| **open).map(|(date, _)| *date)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// 2026-09-30 to 2026-10-09: Golden Week, with a make-up working Saturday after it that does not trade.
    fn golden_week() -> TradingCalendar {
        let closed = (1..=8).map(|d| (NaiveDate::from_ymd_opt(2026, 10, d).unwrap(), false));
        let around = [
            (day("2026-09-29"), true),
            (day("2026-09-30"), true),
            (day("2026-10-09"), true),
            (day("2026-10-10"), false),
        ];
        TradingCalendar::from_days(around.into_iter().chain(closed))
    }

    #[test]
    fn neighbours_skip_the_holidays() {
        let calendar = golden_week();
        assert_eq!(calendar.next_open(day("2026-09-30")), Some(day("2026-10-09")));
        assert_eq!(calendar.previous_open(day("2026-10-09")), Some(day("2026-09-30")));
        assert_eq!(calendar.previous_open(day("2026-09-29")), None);
        assert_eq!(calendar.next_open(day("2026-10-09")), None);
        assert_eq!(calendar.range(), Some((day("2026-09-29"), day("2026-10-10"))));
    }

    #[test]
    fn outside_the_range_nothing_is_known() {
        let calendar = golden_week();
        assert_eq!(calendar.is_open(day("2026-10-10")), Some(false));
        assert_eq!(calendar.is_open(day("2026-10-12")), None);
        assert_eq!(TradingCalendar::default().range(), None);
    }

    #[test]
    fn shenzhen_went_its_own_way_until_1993() {
        for (exchange, date, expected) in [
            (Exchange::Sse, "1991-04-06", true),
            (Exchange::Szse, "1991-04-06", false),
            (Exchange::Szse, "1993-12-31", false),
            (Exchange::Szse, "1994-01-03", true),
            (Exchange::Bse, "2024-01-02", true),
            (Exchange::Hkex, "2024-01-02", false),
        ] {
            assert_eq!(follows_shanghai(exchange, day(date)), expected, "{exchange:?} {date}");
        }
    }

    #[test]
    fn the_exchanges_of_the_mainland_opened_one_after_the_other() {
        let days = [Exchange::Szse, Exchange::Sse, Exchange::Bse].map(|exchange| opened(exchange).unwrap());
        assert_eq!(days, ["1990-12-01", "1990-12-19", "2021-11-15"].map(day));
        assert_eq!(opened(Exchange::Hkex), None);
    }

    #[test]
    fn open_days_ascend_and_an_inverted_range_is_empty() {
        let calendar = golden_week();
        let open: Vec<_> = calendar.open_days(day("2026-09-30"), day("2026-10-31")).collect();
        assert_eq!(open, [day("2026-09-30"), day("2026-10-09")]);
        assert_eq!(calendar.open_days(day("2026-10-31"), day("2026-09-30")).count(), 0);
    }
}
