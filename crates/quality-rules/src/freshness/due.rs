//! The last trading day whose data is due.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, TimeZone as _, Utc};
use chrono_tz::Asia::Shanghai;
use market_model::TradingCalendar;

/// TDX is asked code by code, thousands of requests from 18:45 on, so its day is due an hour after the others'.
const CODE_BY_CODE: TimeDelta = TimeDelta::hours(1);

/// The last trading day whose data should be there at `now`, and since when; `None` where the calendar does not reach today,
/// for then nobody knows.
pub(super) fn last_due(
    calendar: &TradingCalendar,
    source: &str,
    expected_by: NaiveTime,
    now: DateTime<Utc>,
) -> Option<(NaiveDate, DateTime<Utc>)> {
    let today = now.with_timezone(&Shanghai).date_naive();
    calendar.is_open(today)?;
    let allowance = if source == "tdx" { CODE_BY_CODE } else { TimeDelta::zero() };
    // Shanghai has had no daylight saving time since 1991.
    let due_at = |day: NaiveDate| {
        Shanghai.from_local_datetime(&day.and_time(expected_by)).earliest().map(|at| (day, at.to_utc() + allowance))
    };
    // Late in the evening plus an hour is past midnight, so yesterday's data may not be due yet either.
    let (first, _) = calendar.range()?;
    calendar.open_days(first, today).rev().find_map(|day| due_at(day).filter(|(_, at)| now >= *at))
}
