//! Trading days. They are taken from a vendor's calendar, never inferred from weekdays.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::Exchange;

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
