//! The day in Shanghai: the functions answer for it, and the cache lives as long as it.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Asia::Shanghai;

/// The calendar day in Shanghai at `now`.
pub(crate) fn day_of(now: DateTime<Utc>) -> NaiveDate {
    now.with_timezone(&Shanghai).date_naive()
}
