//! Where in its life a share is: the n-th day of its listing or of its delisting period.

use chrono::{Days, NaiveDate};

use crate::TradingCalendar;

/// Trading days after which a listing is long enough for every rule of the book; none reaches beyond the fifth.
const NEW_FOR: u32 = 30;
/// Calendar days that hold [`NEW_FOR`] trading days in any year, Spring Festival and Golden Week included.
const LONG_AGO: Days = Days::new(75);

/// How many trading days a share listed on `listed` has been listed by `date`, the listing day being 1. `None` = long
/// enough (more than 30), not listed yet, or the calendar does not know these days.
///
/// It counts the market's trading days, halts of the share included.
pub fn listing_day(listed: NaiveDate, date: NaiveDate, calendar: &TradingCalendar) -> Option<u32> {
    if listed.checked_add_days(LONG_AGO).is_none_or(|long_enough| long_enough < date) {
        return None;
    }
    day_number(listed, date, calendar).filter(|day| *day <= NEW_FOR)
}

/// How many trading days of its delisting period (退市整理期) a share has had by `date`, if the period `began` on that day:
/// the first is 1. `None` before it, or where the calendar does not know these days.
///
/// The period begins with the day on which the share takes the name of one ([`crate::is_delisting_period`]).
pub fn delisting_day(began: NaiveDate, date: NaiveDate, calendar: &TradingCalendar) -> Option<u32> {
    day_number(began, date, calendar)
}

fn day_number(first: NaiveDate, date: NaiveDate, calendar: &TradingCalendar) -> Option<u32> {
    let (from, to) = calendar.range()?;
    if first < from || date > to || date < first {
        return None;
    }
    u32::try_from(calendar.open_days(first, date).count()).ok().filter(|day| *day > 0)
}

#[cfg(test)]
mod tests {
    use chrono::{Datelike, Weekday};

    use super::*;
    use crate::rulebook::{Limit, PriceRules};
    use crate::{Board, LimitQuery};

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// Weekdays, but for the first week of October.
    fn calendar(from: &str, days: usize) -> TradingCalendar {
        let golden = |date: NaiveDate| date.month() == 10 && date.day() <= 8;
        let open = |date: NaiveDate| !matches!(date.weekday(), Weekday::Sat | Weekday::Sun) && !golden(date);
        TradingCalendar::from_days(day(from).iter_days().take(days).map(|date| (date, open(date))))
    }

    #[test]
    fn the_listing_day_counts_trading_days_over_a_holiday() {
        let calendar = calendar("2024-09-02", 200);
        let listed = day("2024-09-27");
        for (date, expected) in [
            ("2024-09-26", None),
            ("2024-09-27", Some(1)),
            ("2024-09-30", Some(2)),
            ("2024-10-09", Some(3)),
            ("2024-10-11", Some(5)),
            ("2024-10-14", Some(6)),
            ("2024-11-15", Some(30)),
            ("2024-11-18", None),
            ("2025-02-20", None),
        ] {
            assert_eq!(listing_day(listed, day(date), &calendar), expected, "{date}");
        }
        assert_eq!(listing_day(day("2024-08-30"), day("2024-09-03"), &calendar), None, "the calendar begins later");
    }

    #[test]
    fn only_the_first_five_days_of_a_listing_over_golden_week_have_no_limit() {
        let calendar = calendar("2024-09-02", 200);
        let free = |date: &str| {
            let listing = listing_day(day("2024-09-27"), day(date), &calendar);
            PriceRules::limit_on(Board::Main, false, day(date), listing) == Limit::None
        };
        assert!(free("2024-09-27") && free("2024-10-11") && !free("2024-10-14") && !free("2025-02-20"));
    }

    #[test]
    fn the_first_day_of_a_delisting_period_has_no_limit_and_the_second_has_the_boards() {
        let calendar = calendar("2024-05-06", 60);
        let limit = |date: &str| {
            PriceRules::limit_of(&LimitQuery {
                exchange: crate::Exchange::Szse,
                segment: Board::Main.into(),
                special_treatment: false,
                date: day(date),
                listing_day: None,
                delisting_day: delisting_day(day("2024-05-31"), day(date), &calendar),
            })
        };
        assert_eq!(limit("2024-05-30"), Limit::percent(10), "not begun");
        assert_eq!(limit("2024-05-31"), Limit::None);
        assert_eq!(limit("2024-06-03"), Limit::percent(10), "over a weekend");
        assert_eq!(delisting_day(day("2024-05-31"), day("2024-06-21"), &calendar), Some(16));
    }
}
