//! A time of day that a price holds in.

use std::{fmt, str::FromStr};

use chrono::{NaiveTime, Timelike as _};
use serde::{Deserialize, Serialize};

/// From a time of day to another, Asia/Shanghai, half-open; over midnight where the end is earlier: `"00:30-08:30"`,
/// `"22:00-06:00"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Hours {
    from_minute: u32,
    to_minute: u32,
}

impl Hours {
    /// Whether a time of day lies in them.
    pub fn contain(self, time: NaiveTime) -> bool {
        self.has(time.hour() * 60 + time.minute())
    }

    /// Whether there is a minute that lies in both.
    pub fn overlap(self, other: Self) -> bool {
        self.has(other.from_minute) || other.has(self.from_minute)
    }

    fn has(self, minute: u32) -> bool {
        if self.from_minute < self.to_minute {
            (self.from_minute..self.to_minute).contains(&minute)
        } else {
            minute >= self.from_minute || minute < self.to_minute
        }
    }
}

impl FromStr for Hours {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is no time of day: \"HH:MM-HH:MM\", two different times");
        let minute = |part: &str| {
            let time = NaiveTime::parse_from_str(part.trim(), "%H:%M").ok()?;
            Some(time.hour() * 60 + time.minute())
        };
        let (from, to) = text.split_once('-').ok_or_else(wrong)?;
        let (from_minute, to_minute) = minute(from).zip(minute(to)).ok_or_else(wrong)?;
        if from_minute == to_minute { Err(wrong()) } else { Ok(Self { from_minute, to_minute }) }
    }
}

impl TryFrom<String> for Hours {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Hours> for String {
    fn from(hours: Hours) -> Self {
        hours.to_string()
    }
}

impl fmt::Display for Hours {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (from, to) = (self.from_minute, self.to_minute);
        write!(out, "{:02}:{:02}-{:02}:{:02}", from / 60, from % 60, to / 60, to % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> NaiveTime {
        NaiveTime::parse_from_str(text, "%H:%M:%S").unwrap()
    }

    #[test]
    fn hours_are_half_open_and_go_over_midnight() {
        let day: Hours = "08:30-16:30".parse().unwrap();
        let night: Hours = "22:00-06:00".parse().unwrap();
        for (hours, time, inside) in [
            (day, "08:29:59", false),
            (day, "08:30:00", true),
            (day, "16:29:59", true),
            (day, "16:30:00", false),
            (night, "23:59:59", true),
            (night, "00:00:00", true),
            (night, "06:00:00", false),
            (night, "12:00:00", false),
        ] {
            assert_eq!(hours.contain(at(time)), inside, "{hours} {time}");
        }
        assert!(!day.overlap(night) && !night.overlap(day));
        assert!(night.overlap("05:59-07:00".parse().unwrap()));
    }

    #[test]
    fn what_is_no_time_of_day_is_refused() {
        for text in ["", "08:30", "08:30-", "24:00-01:00", "10:00-10:00", "8-9"] {
            assert!(text.parse::<Hours>().is_err(), "{text}");
        }
    }
}
