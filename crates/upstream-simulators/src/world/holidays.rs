//! Public holidays abroad, by their rules. Typhoons, royal funerals and other single days are left out.

use chrono::{Datelike, Days, NaiveDate, Weekday};

use crate::market::lunar_holidays;

pub(crate) fn is_weekend(date: NaiveDate) -> bool {
    matches!(date.weekday(), Weekday::Sat | Weekday::Sun)
}

/// New York Stock Exchange.
pub(crate) fn new_york(date: NaiveDate) -> bool {
    let (year, month, day) = (date.year(), date.month(), date.day());
    let monday = date.weekday() == Weekday::Mon;
    let nth_monday = |nth: u32| monday && (day - 1) / 7 + 1 == nth;
    match month {
        1 if nth_monday(3) => true,
        2 if nth_monday(3) => true,
        // Memorial Day, the last Monday.
        5 if monday && day > 24 => true,
        9 if nth_monday(1) => true,
        11 if date.weekday() == Weekday::Thu && (day - 1) / 7 + 1 == 4 => true,
        _ => {
            let juneteenth = if year >= 2022 { ymd(year, 6, 19) } else { None };
            // A New Year's Day on a Saturday is not made up for.
            let new_year = ymd(year, 1, 1).filter(|day| day.weekday() != Weekday::Sat);
            let fixed = [new_year, juneteenth, ymd(year, 7, 4), ymd(year, 12, 25)];
            fixed.into_iter().flatten().any(|holiday| date == observed_nearest(holiday))
                || date == easter(year) - Days::new(2)
        }
    }
}

/// Hong Kong Stock Exchange.
pub(crate) fn hong_kong(date: NaiveDate) -> bool {
    let year = date.year();
    let easter = easter(year);
    if date == easter - Days::new(2) || date == easter + Days::new(1) {
        return true;
    }
    let fixed = [(1, 1), (4, 4), (5, 1), (7, 1), (10, 1), (12, 25), (12, 26)];
    if fixed.into_iter().filter_map(|(month, day)| ymd(year, month, day)).any(|day| date == observed_sunday(day)) {
        return true;
    }
    lunar_holidays(year).is_some_and(|lunar| {
        let spring = lunar.spring_festival;
        (spring..=spring + Days::new(2)).contains(&date)
            || date == observed_sunday(lunar.dragon_boat)
            || date == observed_sunday(lunar.mid_autumn + Days::new(1))
    })
}

/// Tokyo Stock Exchange.
pub(crate) fn tokyo(date: NaiveDate) -> bool {
    let year = date.year();
    if matches!((date.month(), date.day()), (1, 1..=3) | (12, 31)) {
        return true;
    }
    let nth_monday = |nth: u32| date.weekday() == Weekday::Mon && (date.day() - 1) / 7 + 1 == nth;
    if matches!(date.month(), 1 | 10) && nth_monday(2) || matches!(date.month(), 7 | 9) && nth_monday(3) {
        return true;
    }
    let fixed = [(2, 11), (2, 23), (3, 20), (4, 29), (5, 3), (5, 4), (5, 5), (8, 11), (9, 23), (11, 3), (11, 23)];
    fixed.into_iter().filter_map(|(month, day)| ymd(year, month, day)).any(|day| date == observed_sunday(day))
}

/// Currencies rest twice a year.
pub(crate) fn currencies(date: NaiveDate) -> bool {
    matches!((date.month(), date.day()), (1, 1) | (12, 25))
}

/// Easter Sunday, by the algorithm of the anonymous Gregorian computus.
fn easter(year: i32) -> NaiveDate {
    let (a, b, c) = (year % 19, year / 100, year % 100);
    let (d, e) = (b / 4, b % 4);
    let g = (8 * b + 13) / 25;
    let h = (19 * a + b - d - g + 15) % 30;
    let (i, k) = (c / 4, c % 4);
    let l = (32 + 2 * e + 2 * i - h - k) % 7;
    let m = (a + 11 * h + 19 * l) / 433;
    let month = (h + l - 7 * m + 90) / 25;
    let day = (h + l - 7 * m + 33 * month + 19) % 32;
    ymd(year, month as u32, day as u32).unwrap_or_default()
}

fn ymd(year: i32, month: u32, day: u32) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(year, month, day)
}

/// Saturdays are made up for on the Friday before, Sundays on the Monday after.
fn observed_nearest(day: NaiveDate) -> NaiveDate {
    match day.weekday() {
        Weekday::Sat => day - Days::new(1),
        Weekday::Sun => day + Days::new(1),
        _ => day,
    }
}

/// Sundays are made up for on the Monday after.
fn observed_sunday(day: NaiveDate) -> NaiveDate {
    if day.weekday() == Weekday::Sun { day + Days::new(1) } else { day }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn easter_falls_where_it_fell() {
        for (year, expected) in [(2019, "2019-04-21"), (2022, "2022-04-17"), (2023, "2023-04-09"), (2024, "2024-03-31")]
        {
            assert_eq!(easter(year), day(expected));
        }
    }

    #[test]
    fn the_known_closing_days_of_2023_are_closed() {
        let closed = |holiday: fn(NaiveDate) -> bool, year: i32| {
            let days = ymd(year, 1, 1).unwrap().iter_days().take_while(move |day| day.year() == year);
            days.filter(|day| !is_weekend(*day) && holiday(*day)).map(|day| day.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(
            closed(new_york, 2023),
            [
                "2023-01-02",
                "2023-01-16",
                "2023-02-20",
                "2023-04-07",
                "2023-05-29",
                "2023-06-19",
                "2023-07-04",
                "2023-09-04",
                "2023-11-23",
                "2023-12-25"
            ]
        );
        assert!(closed(hong_kong, 2024).contains(&"2024-02-12".to_owned()));
        assert!(closed(tokyo, 2024).contains(&"2024-01-08".to_owned()));
        assert_eq!(closed(currencies, 2024), ["2024-01-01", "2024-12-25"]);
    }
}
