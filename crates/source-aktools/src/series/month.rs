//! Months and quarters as the tables write them, and the last day of each.

use chrono::{Datelike, Days, Months, NaiveDate};

/// The last day of the month that `day` is in.
pub(super) fn month_end(day: NaiveDate) -> Option<NaiveDate> {
    day.with_day(1)?.checked_add_months(Months::new(1))?.checked_sub_days(Days::new(1))
}

/// The last day of the month before the one that `day` is in.
pub(super) fn end_of_month_before(day: NaiveDate) -> Option<NaiveDate> {
    day.with_day(1)?.checked_sub_days(Days::new(1))
}

/// The last day of the quarter before the one that `day` is in.
pub(super) fn end_of_quarter_before(day: NaiveDate) -> Option<NaiveDate> {
    let first_month = (day.month() - 1) / 3 * 3 + 1;
    NaiveDate::from_ymd_opt(day.year(), first_month, 1)?.checked_sub_days(Days::new(1))
}

/// The last day of a month written as `2025年10月份`, `2025年10月`, `2025-10`, `2025.10` or `202510`.
pub(super) fn parse_month(text: &str) -> Option<NaiveDate> {
    let (year, month) = match text.split_once(['年', '-', '.']) {
        Some((year, month)) => (year, month.strip_suffix('份').unwrap_or(month)),
        None if text.len() == 6 && text.is_ascii() => text.split_at(4),
        None => return None,
    };
    month_end(first_of(year, month.strip_suffix('月').unwrap_or(month))?)
}

/// The last day of the quarters written as `2025年第1-3季度`, `2025年第1季度`.
pub(super) fn parse_quarters(text: &str) -> Option<NaiveDate> {
    let (year, rest) = text.split_once('年')?;
    let quarters = rest.strip_prefix('第')?.strip_suffix("季度")?;
    let last = match quarters.split_once('-') {
        Some(("1", last @ ("2" | "3" | "4"))) => last,
        Some(_) => return None,
        None => quarters,
    };
    let month = match last {
        "1" => "3",
        "2" => "6",
        "3" => "9",
        "4" => "12",
        _ => return None,
    };
    month_end(first_of(year, month)?)
}

fn first_of(year: &str, month: &str) -> Option<NaiveDate> {
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if year.len() != 4 || !digits(year) || !(1..=2).contains(&month.len()) || !digits(month) {
        return None;
    }
    NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Option<NaiveDate> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn months_are_read_in_every_spelling_of_the_tables() {
        for text in ["2025年10月份", "2025年10月", "2025-10", "2025.10", "202510"] {
            assert_eq!(parse_month(text), day("2025-10-31"), "{text}");
        }
        assert_eq!(parse_month("2024年02月份"), day("2024-02-29"));
        assert_eq!(parse_month("2024年2月份"), day("2024-02-29"));
        for text in [
            "2025年13月份",
            "2025年00月份",
            "20251",
            "2025",
            "",
            "年月份",
            "二〇二五年十月份",
            "2025年1-2月份",
            "25年1月份",
        ] {
            assert_eq!(parse_month(text), None, "{text}");
        }
    }

    #[test]
    fn quarters_end_with_the_last_one_named() {
        for (text, end) in [
            ("2025年第1季度", "2025-03-31"),
            ("2025年第1-2季度", "2025-06-30"),
            ("2025年第1-3季度", "2025-09-30"),
            ("2025年第1-4季度", "2025-12-31"),
            ("2006年第4季度", "2006-12-31"),
        ] {
            assert_eq!(parse_quarters(text), day(end), "{text}");
        }
        for text in ["2025年第5季度", "2025年第2-3季度", "2025年第1-季度", "2025年1季度", "第1季度", "2025年第1-1季度"]
        {
            assert_eq!(parse_quarters(text), None, "{text}");
        }
    }

    #[test]
    fn the_month_and_the_quarter_before_cross_the_year() {
        assert_eq!(end_of_month_before("2025-01-09".parse().unwrap()), day("2024-12-31"));
        assert_eq!(end_of_month_before("2024-03-31".parse().unwrap()), day("2024-02-29"));
        assert_eq!(end_of_quarter_before("2025-01-17".parse().unwrap()), day("2024-12-31"));
        assert_eq!(end_of_quarter_before("2025-10-20".parse().unwrap()), day("2025-09-30"));
        assert_eq!(end_of_quarter_before("2022-10-24".parse().unwrap()), day("2022-09-30"));
        assert_eq!(month_end("2024-12-05".parse().unwrap()), day("2024-12-31"));
        assert_eq!(end_of_month_before(NaiveDate::MIN), None);
    }
}
