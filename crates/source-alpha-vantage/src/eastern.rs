//! New York's clock: when the day's allowance starts anew.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeZone as _, Utc};
use chrono_tz::US::Eastern;

/// The date in New York.
pub(crate) fn date(now: DateTime<Utc>) -> NaiveDate {
    now.with_timezone(&Eastern).date_naive()
}

/// The first instant of the next day in New York.
pub(crate) fn next_midnight(now: DateTime<Utc>) -> DateTime<Utc> {
    let today = date(now);
    let tomorrow = today.checked_add_days(Days::new(1)).unwrap_or(today);
    // Daylight saving time begins and ends at two in the morning: midnight is always there, once.
    let midnight = Eastern.from_local_datetime(&tomorrow.and_time(NaiveTime::MIN)).earliest();
    midnight.map_or(DateTime::<Utc>::MAX_UTC, |midnight| midnight.to_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_starts_anew_at_midnight_in_new_york_in_summer_and_in_winter() {
        for (now, expected) in [
            ("2026-07-14T03:59:59Z", "2026-07-14T04:00:00Z"),
            ("2026-07-14T04:00:00Z", "2026-07-15T04:00:00Z"),
            ("2026-01-14T04:59:59Z", "2026-01-14T05:00:00Z"),
            // The night in which the clocks go back.
            ("2026-11-01T12:00:00Z", "2026-11-02T05:00:00Z"),
        ] {
            let expected: DateTime<Utc> = expected.parse().unwrap();
            assert_eq!(next_midnight(now.parse().unwrap()), expected, "{now}");
        }
    }
}
