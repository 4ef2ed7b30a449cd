//! When a trading day's bars are final: no bar of a day that still trades is taken for a closed one.
//!
//! Each exchange goes by its own clock. The times are the regular close plus what vendors need to settle the last
//! prices; a half day is treated as a whole one, for late is harmless and early is wrong. Source: the exchanges' trading
//! hours (SSE/SZSE/BSE after-hours session to 15:30; HKEX closing auction to 16:10; NYSE/Nasdaq 16:00).

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeZone as _, Utc};
use chrono_tz::{Asia::Hong_Kong, Asia::Shanghai, Tz, US::Eastern};

use crate::Exchange;

/// The instant from which the bars of `date` are final on `exchange`.
///
/// Currency pairs and foreign indices have no single clock: their day is final half an hour into the next UTC day, after
/// the last of them (New York) has closed.
pub fn bars_final_at(exchange: Exchange, date: NaiveDate) -> DateTime<Utc> {
    let (zone, hour, minute, days) = match exchange {
        Exchange::Sse | Exchange::Szse | Exchange::Bse => (Shanghai, 15, 30, 0),
        Exchange::Hkex => (Hong_Kong, 16, 30, 0),
        Exchange::Us => (Eastern, 16, 30, 0),
        Exchange::Fx | Exchange::Index => (Tz::UTC, 0, 30, 1),
    };
    let time = NaiveTime::from_hms_opt(hour, minute, 0).unwrap_or_default();
    let day = date.checked_add_days(Days::new(days)).unwrap_or(date);
    // None of these times is skipped or repeated by a change to or from daylight saving time.
    zone.from_local_datetime(&day.and_time(time)).earliest().map_or(DateTime::<Utc>::MAX_UTC, |at| at.to_utc())
}

/// The newest calendar day, trading or not, whose bars on `exchange` are final at `now`.
pub fn last_final_day(exchange: Exchange, now: DateTime<Utc>) -> NaiveDate {
    // No exchange's date is further ahead of UTC than a day.
    let mut day = now.date_naive().checked_add_days(Days::new(1)).unwrap_or(NaiveDate::MAX);
    while bars_final_at(exchange, day) > now {
        match day.pred_opt() {
            Some(before) => day = before,
            None => break,
        }
    }
    day
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_exchange_closes_by_its_own_clock() {
        for (exchange, date, expected) in [
            (Exchange::Sse, "2026-07-14", "2026-07-14T07:30:00Z"),
            (Exchange::Bse, "2026-01-14", "2026-01-14T07:30:00Z"),
            (Exchange::Hkex, "2026-07-14", "2026-07-14T08:30:00Z"),
            // Summer and winter in New York.
            (Exchange::Us, "2026-07-14", "2026-07-14T20:30:00Z"),
            (Exchange::Us, "2026-01-14", "2026-01-14T21:30:00Z"),
            (Exchange::Fx, "2026-07-14", "2026-07-15T00:30:00Z"),
            (Exchange::Index, "2026-07-14", "2026-07-15T00:30:00Z"),
        ] {
            let expected: DateTime<Utc> = expected.parse().unwrap();
            assert_eq!(bars_final_at(exchange, date.parse().unwrap()), expected, "{exchange:?}");
        }
    }

    #[test]
    fn at_eleven_in_shanghai_today_is_not_closed() {
        let day = |exchange, now: &str| last_final_day(exchange, now.parse().unwrap()).to_string();
        assert_eq!(day(Exchange::Sse, "2026-07-14T03:00:00Z"), "2026-07-13");
        assert_eq!(day(Exchange::Sse, "2026-07-14T07:29:59Z"), "2026-07-13");
        assert_eq!(day(Exchange::Sse, "2026-07-14T07:30:00Z"), "2026-07-14");
        // It is the 15th in Shanghai, and New York's 14th has just closed.
        assert_eq!(day(Exchange::Us, "2026-07-14T20:30:00Z"), "2026-07-14");
        assert_eq!(day(Exchange::Us, "2026-07-14T20:29:59Z"), "2026-07-13");
        assert_eq!(day(Exchange::Sse, "2026-07-14T23:00:00Z"), "2026-07-14");
    }
}
