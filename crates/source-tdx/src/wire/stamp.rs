//! Dates and times: packed into four bytes, one way for days and another for minutes.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};

/// A date written as the number YYYYMMDD; `None` where there is no such day.
#[inline]
pub fn day_of(yyyymmdd: u32) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(i32::try_from(yyyymmdd / 10_000).ok()?, yyyymmdd / 100 % 100, yyyymmdd % 100)
}

/// The stamp of a minute bar: year since 2004, month and day in two bytes, then minutes after midnight in two.
#[inline]
pub fn minute_of([d0, d1, m0, m1]: [u8; 4]) -> Option<NaiveDateTime> {
    let day = u32::from(u16::from_le_bytes([d0, d1]));
    let minutes = u32::from(u16::from_le_bytes([m0, m1]));
    let month_and_day = day % 2048;
    let year = i32::try_from((day >> 11) + 2004).ok()?;
    let date = NaiveDate::from_ymd_opt(year, month_and_day / 100, month_and_day % 100)?;
    Some(date.and_time(NaiveTime::from_hms_opt(minutes / 60, minutes % 60, 0)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_stamp_has_its_year_since_2004() {
        let time = minute_of([0x74, 0x7a, 0x3f, 0x02]).unwrap();
        assert_eq!(time.to_string(), "2019-06-28 09:35:00");
        assert_eq!(minute_of([0x74, 0x7a, 0xa0, 0x05]), None, "minute 1440 is tomorrow");
        assert_eq!(minute_of([0, 0, 0, 0]), None);
    }

    #[test]
    fn a_day_is_a_number_with_eight_digits() {
        assert_eq!(day_of(20_190_626).unwrap().to_string(), "2019-06-26");
        for impossible in [0, 20_190_631, 20_191_301, u32::MAX] {
            assert_eq!(day_of(impossible), None, "{impossible}");
        }
    }
}
