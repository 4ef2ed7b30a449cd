//! What a function sees: the market, the time, and what is out by now.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};

use crate::{Market, aktools::draw::Series};

/// The world at one moment.
pub(in crate::aktools) struct Desk<'a> {
    pub(in crate::aktools) market: &'a Market,
    /// Shanghai wall clock time.
    pub(in crate::aktools) now: NaiveDateTime,
}

impl Desk<'_> {
    pub(super) fn today(&self) -> NaiveDate {
        self.now.date()
    }

    /// Whether something that is published on `day` at this time is out.
    pub(super) fn is_out(&self, day: NaiveDate, hour: u32, minute: u32) -> bool {
        NaiveTime::from_hms_opt(hour, minute, 0).is_some_and(|time| day.and_time(time) <= self.now)
    }

    pub(super) fn series(&self, name: &str) -> Series {
        Series::new(self.market.seed, name)
    }
}
