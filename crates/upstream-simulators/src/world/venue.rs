//! Exchanges abroad: their zone, their hours, their days.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

use super::holidays;
use crate::market;

/// Where something trades.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Venue {
    NewYork,
    HongKong,
    Tokyo,
    /// Currencies: day and night, dated by London.
    Currencies,
    Mainland,
}

impl Venue {
    pub(crate) const fn zone(self) -> Tz {
        match self {
            Self::NewYork => Tz::America__New_York,
            Self::HongKong => Tz::Asia__Hong_Kong,
            Self::Tokyo => Tz::Asia__Tokyo,
            Self::Currencies => Tz::Europe__London,
            Self::Mainland => Tz::Asia__Shanghai,
        }
    }

    /// Whether it trades on `date`.
    pub(crate) fn is_open(self, date: NaiveDate) -> bool {
        if holidays::is_weekend(date) {
            return false;
        }
        match self {
            Self::NewYork => !holidays::new_york(date),
            Self::HongKong => !holidays::hong_kong(date),
            Self::Tokyo => !holidays::tokyo(date),
            Self::Currencies => !holidays::currencies(date),
            Self::Mainland => market::is_mainland_session(date),
        }
    }

    /// When the regular session of `date` opens.
    pub(crate) fn opens_at(self, date: NaiveDate) -> DateTime<Utc> {
        self.instant(date, self.hours().0)
    }

    /// When it ends.
    pub(crate) fn closes_at(self, date: NaiveDate) -> DateTime<Utc> {
        self.instant(date, self.hours().1)
    }

    /// The local date of an instant.
    pub(crate) fn date(self, now: DateTime<Utc>) -> NaiveDate {
        now.with_timezone(&self.zone()).date_naive()
    }

    fn hours(self) -> (NaiveTime, NaiveTime) {
        let time = |hour, minute| NaiveTime::from_hms_opt(hour, minute, 0).unwrap_or_default();
        match self {
            Self::NewYork => (time(9, 30), time(16, 0)),
            Self::HongKong => (time(9, 30), time(16, 0)),
            Self::Tokyo => (time(9, 0), time(15, 0)),
            Self::Currencies => (time(0, 0), time(23, 59)),
            Self::Mainland => (time(9, 30), time(15, 0)),
        }
    }

    fn instant(self, date: NaiveDate, time: NaiveTime) -> DateTime<Utc> {
        // None of these hours is skipped when the clocks change; an hour later would do where one were.
        let at = |time| self.zone().from_local_datetime(&date.and_time(time)).earliest();
        at(time).or_else(|| at(time + TimeDelta::hours(1))).map_or(DateTime::<Utc>::MAX_UTC, |at| at.to_utc())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_follow_the_clocks_of_their_city() {
        let at = |venue: Venue, date: &str| {
            let date = date.parse().unwrap();
            (venue.opens_at(date).to_rfc3339(), venue.closes_at(date).format("%H:%M").to_string())
        };
        assert_eq!(at(Venue::NewYork, "2024-03-08"), ("2024-03-08T14:30:00+00:00".to_owned(), "21:00".to_owned()));
        assert_eq!(at(Venue::NewYork, "2024-03-11"), ("2024-03-11T13:30:00+00:00".to_owned(), "20:00".to_owned()));
        assert_eq!(at(Venue::Currencies, "2024-07-01").0, "2024-06-30T23:00:00+00:00");
        assert_eq!(at(Venue::HongKong, "2024-03-11").0, "2024-03-11T01:30:00+00:00");
        assert_eq!(at(Venue::Tokyo, "2024-03-11"), ("2024-03-11T00:00:00+00:00".to_owned(), "06:00".to_owned()));
    }
}
