//! The day that budgets are counted by.

use std::{fmt, str::FromStr};

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeZone as _, Utc};
use chrono_tz::Asia::Shanghai;
use serde::{Deserialize, Serialize};

/// A day from midnight to midnight in Asia/Shanghai, half-open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Day(NaiveDate);

impl Day {
    /// The day that a moment belongs to.
    pub fn of(moment: DateTime<Utc>) -> Self {
        Self(moment.with_timezone(&Shanghai).date_naive())
    }

    /// The day of a calendar date.
    pub const fn from_date(date: NaiveDate) -> Self {
        Self(date)
    }

    /// Its calendar date.
    pub const fn date(self) -> NaiveDate {
        self.0
    }

    /// Its first moment.
    pub fn start(self) -> DateTime<Utc> {
        // Shanghai has had one offset since 1991: every midnight exists, once.
        let midnight = self.0.and_time(NaiveTime::MIN);
        Shanghai.from_local_datetime(&midnight).earliest().map_or_else(|| midnight.and_utc(), |local| local.to_utc())
    }

    /// The first moment of the next day.
    pub fn end(self) -> DateTime<Utc> {
        self.next().start()
    }

    /// The day after.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.checked_add_days(Days::new(1)).unwrap_or(self.0))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

impl FromStr for Day {
    type Err = chrono::ParseError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_sixteen_hundred_utc() {
        let before: DateTime<Utc> = "2026-11-23T15:59:59.999Z".parse().unwrap();
        let after: DateTime<Utc> = "2026-11-23T16:00:00Z".parse().unwrap();
        let (monday, tuesday) = (Day::of(before), Day::of(after));
        assert_eq!((monday.to_string().as_str(), tuesday.to_string().as_str()), ("2026-11-23", "2026-11-24"));
        assert_eq!((monday.next(), monday.end(), tuesday.start()), (tuesday, after, after));
    }
}
