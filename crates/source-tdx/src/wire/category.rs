//! The periods of bars and how each is stamped and counted.

use super::stamp::{day_of, minute_of};
use chrono::{NaiveDateTime, NaiveTime};

/// What one bar covers, with the number on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Category {
    /// 0: five minutes.
    Minute5,
    /// 1: fifteen minutes.
    Minute15,
    /// 2: half an hour.
    Minute30,
    /// 3: an hour.
    Minute60,
    /// 4: a day, volume counted in shares.
    DayInShares,
    /// 5: a week.
    Week,
    /// 6: a month.
    Month,
    /// 7: a minute, the older number for it.
    Minute1Old,
    /// 8: a minute.
    Minute1,
    /// 9: a day, volume counted in lots. The one to use.
    Day,
    /// 10: a quarter.
    Quarter,
    /// 11: a year.
    Year,
}

impl Category {
    /// Every category, in the order of their numbers.
    pub const ALL: [Self; 12] = [
        Self::Minute5,
        Self::Minute15,
        Self::Minute30,
        Self::Minute60,
        Self::DayInShares,
        Self::Week,
        Self::Month,
        Self::Minute1Old,
        Self::Minute1,
        Self::Day,
        Self::Quarter,
        Self::Year,
    ];

    /// The number on the wire.
    pub const fn number(self) -> u16 {
        self as u16
    }

    /// The category with that number.
    pub fn of_number(number: u16) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }

    /// Whether a bar covers minutes: stamped with a time, at the **end** of its span (09:35 is the first of five minutes).
    pub const fn is_intraday(self) -> bool {
        matches!(
            self,
            Self::Minute1 | Self::Minute1Old | Self::Minute5 | Self::Minute15 | Self::Minute30 | Self::Minute60
        )
    }

    /// Whether a stock's volume is counted in shares; in lots otherwise.
    pub const fn counts_shares(self) -> bool {
        self.is_intraday() || matches!(self, Self::DayInShares)
    }

    /// The time a bar is stamped with; where the wire has a date only, 15:00 of that day. `None` for an impossible stamp.
    pub fn time_of(self, stamp: [u8; 4]) -> Option<NaiveDateTime> {
        if self.is_intraday() {
            return minute_of(stamp);
        }
        Some(day_of(u32::from_le_bytes(stamp))?.and_time(NaiveTime::from_hms_opt(15, 0, 0)?))
    }
}
