//! Moments on the command line: RFC 3339, or days of Shanghai that stand for their ends.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeZone as _, Utc};
use chrono_tz::Asia::Shanghai;

/// A moment, or the beginning of a day.
pub(super) fn since(text: &str) -> Result<DateTime<Utc>, String> {
    read(text, 0)
}

/// A moment, or the end of a day: the day is in the span.
pub(super) fn until(text: &str) -> Result<DateTime<Utc>, String> {
    read(text, 1)
}

fn read(text: &str, days_later: u64) -> Result<DateTime<Utc>, String> {
    let day = text.parse::<NaiveDate>().ok().and_then(|day| day.checked_add_days(Days::new(days_later)));
    let midnight = day.and_then(|day| Shanghai.from_local_datetime(&day.and_time(NaiveTime::MIN)).earliest());
    match midnight {
        Some(midnight) => Ok(midnight.to_utc()),
        None => DateTime::parse_from_rfc3339(text)
            .map(|moment| moment.to_utc())
            .map_err(|_| "write 2026-04-30 or 2026-04-30T18:30:00+08:00".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_in_its_span_whole_and_a_moment_is_itself() {
        let text = |moment: Result<DateTime<Utc>, String>| moment.unwrap().to_rfc3339();
        assert_eq!(text(since("2026-04-30")), "2026-04-29T16:00:00+00:00");
        assert_eq!(text(until("2026-04-30")), "2026-04-30T16:00:00+00:00");
        assert_eq!(text(until("2026-04-30T18:30:00+08:00")), "2026-04-30T10:30:00+00:00");
        for wrong in ["yesterday", "2026-02-30", "2026-04-30T18:30:00", ""] {
            assert_eq!(since(wrong).unwrap_err(), "write 2026-04-30 or 2026-04-30T18:30:00+08:00");
        }
    }
}
