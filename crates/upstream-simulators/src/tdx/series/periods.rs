//! Weeks, months, quarters and years: days joined.

use chrono::{Datelike, NaiveDate};

use super::minutes::sum;
use crate::market::{DayBar, Market};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tdx) enum Period {
    Week,
    Month,
    Quarter,
    Year,
}

impl Period {
    /// Equal for the days of one period.
    fn key(self, date: NaiveDate) -> (i32, u32) {
        match self {
            Self::Week => (date.iso_week().year(), date.iso_week().week()),
            Self::Month => (date.year(), date.month()),
            Self::Quarter => (date.year(), date.month0() / 3),
            Self::Year => (date.year(), 0),
        }
    }
}

/// The periods of ascending days, each dated on its last day; the last one may still go on.
pub(in crate::tdx) fn periods(market: &Market, days: &[DayBar], period: Period) -> Vec<DayBar> {
    let key = |bar: &DayBar| period.key(market.sessions.date(bar.session));
    days.chunk_by(|a, b| key(a) == key(b)).map(sum).collect()
}
