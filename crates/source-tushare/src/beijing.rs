//! Beijing time: when a day's bars are final, and when a daily allowance starts anew.

use chrono::{DateTime, Days, FixedOffset, NaiveDate, NaiveTime, TimeDelta, Utc};

/// Hours ahead of UTC; China has kept no summer time since 1991.
const OFFSET: FixedOffset = FixedOffset::east_opt(8 * 3600).expect("eight hours is a valid offset");

/// Close (15:00), plus the time the vendor takes to write the bars. Before it a bar may be live and partial.
const BARS_FINAL: NaiveTime = NaiveTime::from_hms_opt(15, 30, 0).expect("15:30 is a valid time");

/// The instant from which the bars of `trade_date` are final: 15:30 in Shanghai.
pub fn bars_available_at(trade_date: NaiveDate) -> DateTime<Utc> {
    instant(trade_date, BARS_FINAL)
}

/// The newest calendar day (trading or not) whose bars are final at `now`.
pub fn last_closed_day(now: DateTime<Utc>) -> NaiveDate {
    let local = now.with_timezone(&OFFSET);
    let today = local.date_naive();
    if local.time() >= BARS_FINAL { today } else { today.pred_opt().unwrap_or(today) }
}

/// The first instant of the next day in Beijing.
pub(crate) fn next_midnight(now: DateTime<Utc>) -> DateTime<Utc> {
    let today = now.with_timezone(&OFFSET).date_naive();
    instant(today.checked_add_days(Days::new(1)).unwrap_or(today), NaiveTime::MIN)
}

fn instant(date: NaiveDate, time: NaiveTime) -> DateTime<Utc> {
    (date.and_time(time) - TimeDelta::seconds(i64::from(OFFSET.local_minus_utc()))).and_utc()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn bars_are_final_at_half_past_three_in_shanghai() {
        assert_eq!(bars_available_at(day("2018-07-18")), utc("2018-07-18T07:30:00Z"));
    }

    #[test]
    fn today_is_closed_exactly_from_the_moment_its_bars_are_final() {
        assert_eq!(last_closed_day(utc("2018-07-18T07:29:59Z")), day("2018-07-17"));
        assert_eq!(last_closed_day(utc("2018-07-18T07:30:00Z")), day("2018-07-18"));
        // 16:30 UTC is already the next morning in Beijing, whose day is not closed.
        assert_eq!(last_closed_day(utc("2018-07-18T16:30:00Z")), day("2018-07-18"));
    }

    #[test]
    fn the_daily_allowance_returns_at_beijing_midnight() {
        assert_eq!(next_midnight(utc("2018-07-18T15:59:59Z")), utc("2018-07-18T16:00:00Z"));
        assert_eq!(next_midnight(utc("2018-07-18T16:00:00Z")), utc("2018-07-19T16:00:00Z"));
    }
}
