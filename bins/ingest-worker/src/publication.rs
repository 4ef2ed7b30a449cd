//! When a trading day's bars are final: the configured time of the day in Shanghai, and never before the vendor's client
//! says so.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeZone as _, Utc};
use chrono_tz::Asia::Shanghai;

/// The Shanghai time of day from which a day's bars may be fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublicationTime(pub NaiveTime);

impl PublicationTime {
    /// The instant from which the bars of `trade_date` are final.
    pub(crate) fn of(self, trade_date: NaiveDate) -> DateTime<Utc> {
        let vendor = source_tushare::bars_available_at(trade_date);
        let configured = Shanghai.from_local_datetime(&trade_date.and_time(self.0)).earliest();
        configured.map_or(vendor, |configured| vendor.max(configured.to_utc()))
    }

    /// The newest calendar day, trading or not, whose bars are final at `now`.
    pub(crate) fn last_closed_day(self, now: DateTime<Utc>) -> NaiveDate {
        let today = now.with_timezone(&Shanghai).date_naive();
        if now < self.of(today) { today.pred_opt().unwrap_or(today) } else { today }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: u32, minute: u32) -> PublicationTime {
        PublicationTime(NaiveTime::from_hms_opt(hour, minute, 0).unwrap())
    }

    #[test]
    fn a_later_time_counts_and_an_earlier_one_does_not() {
        let day = "2024-03-05".parse().unwrap();
        assert_eq!(at(17, 0).of(day), "2024-03-05T09:00:00Z".parse::<DateTime<Utc>>().unwrap());
        assert_eq!(at(9, 0).of(day), "2024-03-05T07:30:00Z".parse::<DateTime<Utc>>().unwrap());
    }

    #[test]
    fn today_closes_at_that_time() {
        let day: NaiveDate = "2024-03-05".parse().unwrap();
        let closed = |now: &str| at(17, 0).last_closed_day(now.parse().unwrap());
        assert_eq!(closed("2024-03-05T08:59:59Z"), day.pred_opt().unwrap());
        assert_eq!(closed("2024-03-05T09:00:00Z"), day);
    }
}
