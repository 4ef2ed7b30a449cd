//! The trading days of a market, numbered.

use chrono::{Datelike, NaiveDate};
use market_model::TradingCalendar;

use super::holidays;

/// The trading days with data, ascending, and the calendar around them.
pub(crate) struct Sessions {
    days: Vec<NaiveDate>,
    calendar: TradingCalendar,
}

impl Sessions {
    /// The trading days in `[first, last]`. The calendar spans whole years: from 1 January of the first to 31 December
    /// of the last.
    pub(crate) fn by_rule(first: NaiveDate, last: NaiveDate) -> Self {
        let from = NaiveDate::from_ymd_opt(first.year(), 1, 1).unwrap_or(first);
        let to = NaiveDate::from_ymd_opt(last.year(), 12, 31).unwrap_or(last);
        let all = from.iter_days().take_while(|day| *day <= to);
        let calendar = TradingCalendar::from_days(all.map(|day| (day, holidays::is_open(day))));
        Self { days: calendar.open_days(first, last).collect(), calendar }
    }

    /// Exactly these trading days (ascending, not empty); every other day from the first to the end of the last year is
    /// closed.
    pub(crate) fn exactly(days: Vec<NaiveDate>) -> Self {
        let (Some(&first), Some(&last)) = (days.first(), days.last()) else {
            return Self { days, calendar: TradingCalendar::default() };
        };
        let to = NaiveDate::from_ymd_opt(last.year(), 12, 31).unwrap_or(last);
        let open =
            |day: &NaiveDate| if *day > last { holidays::is_open(*day) } else { days.binary_search(day).is_ok() };
        let all = first.iter_days().take_while(|day| *day <= to);
        let calendar = TradingCalendar::from_days(all.map(|day| (day, open(&day))));
        Self { days, calendar }
    }

    pub(crate) fn days(&self) -> &[NaiveDate] {
        &self.days
    }

    pub(crate) fn len(&self) -> usize {
        self.days.len()
    }

    pub(crate) fn calendar(&self) -> &TradingCalendar {
        &self.calendar
    }

    /// Every day of the calendar, ascending, and whether it trades.
    pub(crate) fn calendar_days(&self) -> impl Iterator<Item = (NaiveDate, bool)> + '_ {
        let (from, to) = self.calendar.range().unwrap_or_default();
        let days = from.iter_days().take_while(move |day| *day <= to);
        days.map(|day| (day, self.calendar.is_open(day) == Some(true)))
    }

    /// The last trading day before the calendar begins, by the rules.
    pub(crate) fn open_before_calendar(&self) -> Option<NaiveDate> {
        let (from, _) = self.calendar.range()?;
        std::iter::successors(from.pred_opt(), NaiveDate::pred_opt).find(|day| holidays::is_open(*day))
    }

    /// The number of a trading day; `None` for any other day.
    pub(crate) fn index(&self, date: NaiveDate) -> Option<u16> {
        self.days.binary_search(&date).ok().map(|index| index as u16)
    }

    pub(crate) fn date(&self, index: u16) -> NaiveDate {
        self.days.get(usize::from(index)).copied().unwrap_or(NaiveDate::MAX)
    }

    /// The number of the first trading day on or after `date`; [`Sessions::len`] where there is none.
    pub(crate) fn first_from(&self, date: NaiveDate) -> usize {
        self.days.partition_point(|day| *day < date)
    }

    /// The numbers of the trading days in `[from, to]`.
    pub(crate) fn range(&self, from: NaiveDate, to: NaiveDate) -> std::ops::Range<usize> {
        let start = self.first_from(from);
        start..self.days.partition_point(|day| *day <= to).max(start)
    }
}
