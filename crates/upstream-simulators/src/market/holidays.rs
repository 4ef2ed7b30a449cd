//! Which days the exchanges close: weekends, always, and the public holidays by the rules of their time.
//!
//! This is the calendar's real shape, not its every day: the government moves single days each year by decree. Make-up
//! working weekends never trade, so they need no rule.

use chrono::{Datelike, Days, NaiveDate, Weekday};

use super::lunar::{self, LunarHolidays};

/// Whether the exchanges trade on `date`.
///
/// Lunar holidays are known for the years of the table in `lunar`; outside it only weekends and solar holidays close.
pub(crate) fn is_open(date: NaiveDate) -> bool {
    !matches!(date.weekday(), Weekday::Sat | Weekday::Sun) && !is_holiday(date)
}

fn is_holiday(date: NaiveDate) -> bool {
    let year = date.year();
    new_year(date)
        || labour_day(date)
        || national_day(date)
        || (year >= 2008 && bridged(date, qingming(year)))
        || lunar::holidays(year).is_some_and(|lunar| lunar_holiday(date, lunar))
}

fn lunar_holiday(date: NaiveDate, lunar: LunarHolidays) -> bool {
    let year = date.year();
    if spring_festival(date, lunar.spring_festival) {
        return true;
    }
    year >= 2008 && (bridged(date, lunar.dragon_boat) || bridged(date, lunar.mid_autumn))
}

/// Two weeks before 2003, a week from New Year's Eve on until 2023, eight days since 2024.
fn spring_festival(date: NaiveDate, first_day: NaiveDate) -> bool {
    let (before, days) = match date.year() {
        ..2003 => (4, 15),
        2003..2024 => (1, 7),
        _ => (1, 8),
    };
    within(date, first_day - Days::new(before), days)
}

fn new_year(date: NaiveDate) -> bool {
    // A Tuesday's bridge day lies in the old year, hence the look at the next 1 January.
    let years = [date.year(), date.year() + 1];
    years.into_iter().filter_map(|year| NaiveDate::from_ymd_opt(year, 1, 1)).any(|day| bridged(date, day))
}

fn labour_day(date: NaiveDate) -> bool {
    let Some(day) = NaiveDate::from_ymd_opt(date.year(), 5, 1) else { return false };
    match date.year() {
        ..2000 => date == day,
        2000..2008 => within(date, day, 7),
        2008..2020 => bridged(date, day),
        _ => within(date, day, 5),
    }
}

/// The Golden Week: seven days since 1999, eight where the Mid-Autumn festival falls into it.
fn national_day(date: NaiveDate) -> bool {
    let Some(day) = NaiveDate::from_ymd_opt(date.year(), 10, 1) else { return false };
    if date.year() < 1999 {
        return within(date, day, 2);
    }
    let joined =
        date.year() >= 2008 && lunar::holidays(date.year()).is_some_and(|lunar| within(lunar.mid_autumn, day, 7));
    within(date, day, if joined { 8 } else { 7 })
}

/// The solar term 清明, 4 or 5 April.
fn qingming(year: i32) -> NaiveDate {
    let short = f64::from(year.rem_euclid(100));
    let day = (short * 0.2422 + 4.81) as i32 - year.rem_euclid(100) / 4;
    NaiveDate::from_ymd_opt(year, 4, day as u32).unwrap_or_default()
}

/// A one-day holiday is joined to the weekend: Tuesday takes Monday along, Thursday takes Friday, a weekend holiday
/// is made up for on Monday.
fn bridged(date: NaiveDate, holiday: NaiveDate) -> bool {
    let one = Days::new(1);
    let (from, days) = match holiday.weekday() {
        Weekday::Tue => (holiday - one, 2),
        Weekday::Thu | Weekday::Sun => (holiday, 2),
        Weekday::Sat => (holiday, 3),
        _ => (holiday, 1),
    };
    within(date, from, days)
}

fn within(date: NaiveDate, from: NaiveDate, days: i64) -> bool {
    (0..days).contains(&(date - from).num_days())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn public_holidays_and_weekends_are_closed() {
        for closed in [
            "2024-01-01",
            "2024-02-12",
            "2024-04-04",
            "2024-05-01",
            "2024-06-10",
            "2024-09-17",
            "2024-10-07",
            "2026-02-17",
            "2026-02-23",
            "2026-10-01",
            "2020-10-08",
            "2015-06-22",
            "2012-12-31",
            "2013-01-01",
            // Make-up working days on weekends.
            "2024-02-18",
            "2024-10-12",
            "2026-02-28",
        ] {
            assert!(!is_open(day(closed)), "{closed}");
        }
    }

    #[test]
    fn ordinary_weekdays_trade() {
        for open in ["2024-01-02", "2024-02-19", "2024-10-08", "2026-02-24", "2018-07-18", "2007-06-19", "1999-05-04"] {
            assert!(is_open(day(open)), "{open}");
        }
    }

    #[test]
    fn a_year_has_about_243_trading_days_and_no_gap_beyond_twelve_days_since_2003() {
        for year in 2003..=2035 {
            let days: Vec<_> = day(&format!("{year}-01-01")).iter_days().take(366).filter(|d| is_open(*d)).collect();
            assert!((238..=252).contains(&days.len()), "{year}: {}", days.len());
            assert!(days.windows(2).all(|w| (w[1] - w[0]).num_days() <= 12), "{year}");
        }
    }
}
