//! The exchange's wall clock, by which bars and events have their date.

use chrono::{DateTime, FixedOffset, NaiveDate};
use chrono_tz::Tz;

/// A zone by name, or by its offset where the name is unknown to us.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Zone {
    Named(Tz),
    Fixed(FixedOffset),
}

impl Zone {
    /// `None` where neither the name nor the offset (seconds east of UTC) can be used.
    pub(crate) fn of(name: Option<&str>, offset_seconds: Option<i64>) -> Option<Self> {
        if let Some(zone) = name.and_then(|name| name.parse().ok()) {
            return Some(Self::Named(zone));
        }
        let offset = i32::try_from(offset_seconds?).ok()?;
        FixedOffset::east_opt(offset).map(Self::Fixed)
    }

    /// The local date of an instant; `None` where the instant is beyond the calendar.
    pub(crate) fn date(self, unix_seconds: i64) -> Option<NaiveDate> {
        let instant = DateTime::from_timestamp(unix_seconds, 0)?;
        // Near both ends of the calendar an offset would leave it.
        if instant.timestamp().abs() > 200_000_000_000 {
            return None;
        }
        Some(match self {
            Self::Named(zone) => instant.with_timezone(&zone).date_naive(),
            Self::Fixed(offset) => instant.with_timezone(&offset).date_naive(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_open_belongs_to_the_date_of_its_own_exchange() {
        let zone = |name| Zone::of(Some(name), None).unwrap();
        let date = |name, seconds| zone(name).date(seconds).unwrap().to_string();
        // 2024-07-01 01:30 UTC = 09:30 in Shanghai; 2024-07-01 23:00 UTC = midnight of the 2nd in a London summer.
        assert_eq!(date("Asia/Shanghai", 1_719_797_400), "2024-07-01");
        assert_eq!(date("Europe/London", 1_719_874_800), "2024-07-02");
        assert_eq!(date("America/New_York", 1_719_840_600), "2024-07-01");
    }

    #[test]
    fn an_unknown_name_falls_back_to_the_offset_and_nonsense_is_refused() {
        let zone = Zone::of(Some("Mars/Olympus"), Some(8 * 3600)).unwrap();
        assert_eq!(zone.date(1_719_763_200).unwrap().to_string(), "2024-07-01");
        assert!(Zone::of(None, Some(1 << 40)).is_none());
        assert!(Zone::of(Some("?"), None).is_none());
        assert_eq!(zone.date(i64::MAX), None);
        assert_eq!(zone.date(i64::MIN), None);
    }
}
