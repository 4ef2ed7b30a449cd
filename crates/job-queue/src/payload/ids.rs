//! How ids of jobs are built, so that the same work has the same id wherever it is asked for.

use chrono::{DateTime, NaiveDate, SecondsFormat, TimeZone};

/// The job of one tick of a schedule: `name@2026-11-20T18:30:00+08:00`.
pub fn scheduled_id<Z: TimeZone>(name: &str, tick: &DateTime<Z>) -> String
where
    Z::Offset: std::fmt::Display,
{
    format!("{name}@{}", tick.to_rfc3339_opts(SecondsFormat::Secs, false))
}

/// A job asked for by a person or through the API: `name@2026-11-20#request`. Use `name@2026-11-20` as the coalescing key.
pub fn on_request_id(name: &str, date: NaiveDate, request: &str) -> String {
    format!("{name}@{date}#{request}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_readable_and_sort_by_time() {
        let tick = chrono_tz::Asia::Shanghai.with_ymd_and_hms(2026, 11, 20, 18, 30, 0).unwrap();
        assert_eq!(scheduled_id("daily", &tick), "daily@2026-11-20T18:30:00+08:00");
        let date = NaiveDate::from_ymd_opt(2026, 11, 20).unwrap();
        assert_eq!(on_request_id("fetch_daily_market", date, "5f3a"), "fetch_daily_market@2026-11-20#5f3a");
    }
}
