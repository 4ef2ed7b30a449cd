//! Dates and date ranges of a query.

use chrono::{Days, Months, NaiveDate};
use daemon_kit::{body::shown, problem::Problem};

use super::params::Params;

/// The days a request asks for, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DateRange {
    pub(crate) start: NaiveDate,
    pub(crate) end: NaiveDate,
}

impl DateRange {
    /// Reads `start` and `end`: `end` defaults to `last` (the generation's last trading day), `start` to one year
    /// before the end.
    ///
    /// # Errors
    /// 400 for a malformed date, a start after the end, or more than `max_days` calendar days.
    pub(crate) fn parse(params: &Params, last: NaiveDate, max_days: u32) -> Result<Self, Problem> {
        let end = date(params, "end")?.unwrap_or(last);
        let start = date(params, "start")?.unwrap_or_else(|| default_start(end, max_days));
        if start > end {
            let why = if params.get("end").is_some() { "" } else { ", the warehouse's last trading day" };
            return Err(Problem::invalid("start", format!("start {start} is after end {end}{why}")));
        }
        let days = (end - start).num_days() + 1;
        if days > i64::from(max_days) {
            let detail = format!("{start} to {end} is {days} days; one request may ask for at most {max_days}");
            return Err(Problem::invalid("start", detail).with("max_days", max_days));
        }
        Ok(Self { start, end })
    }
}

/// One year before `end`, or as far back as one request may go: a default is never refused.
fn default_start(end: NaiveDate, max_days: u32) -> NaiveDate {
    let year_before = end.checked_sub_months(Months::new(12)).unwrap_or(end);
    let furthest = end.checked_sub_days(Days::new(u64::from(max_days.saturating_sub(1)))).unwrap_or(end);
    year_before.max(furthest)
}

/// Reads the date parameter `name`, if it was given.
///
/// # Errors
/// 400 for anything but an existing day written `YYYY-MM-DD` or `YYYYMMDD`.
pub(crate) fn date(params: &Params, name: &'static str) -> Result<Option<NaiveDate>, Problem> {
    params.get(name).map(|text| read_date(name, text)).transpose()
}

/// Reads one date out of the parameter `name`.
///
/// # Errors
/// As [`date`].
pub(crate) fn read_date(name: &'static str, text: &str) -> Result<NaiveDate, Problem> {
    parse_date(text).ok_or_else(|| {
        let detail = format!("`{}` is not a date: write YYYY-MM-DD or YYYYMMDD", shown(text));
        Problem::invalid(name, detail).allowed(["YYYY-MM-DD", "YYYYMMDD"])
    })
}

/// A day written `YYYY-MM-DD` or `YYYYMMDD`.
pub(crate) fn parse_date(text: &str) -> Option<NaiveDate> {
    let bytes = text.as_bytes();
    let digits: [u8; 8] = match bytes.len() {
        8 => bytes.try_into().ok()?,
        10 if bytes[4] == b'-' && bytes[7] == b'-' => {
            let mut digits = [0; 8];
            digits[..4].copy_from_slice(&bytes[..4]);
            digits[4..6].copy_from_slice(&bytes[5..7]);
            digits[6..].copy_from_slice(&bytes[8..]);
            digits
        }
        _ => return None,
    };
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let number = |digits: &[u8]| digits.iter().fold(0_u32, |n, digit| n * 10 + u32::from(digit - b'0'));
    let year = i32::try_from(number(&digits[..4])).ok()?;
    NaiveDate::from_ymd_opt(year, number(&digits[4..6]), number(&digits[6..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(query: &str) -> Result<DateRange, String> {
        let uri = format!("/warehouse/daily?{query}").parse().unwrap();
        let params = Params::parse(&uri, &["start", "end"]).unwrap();
        let last = NaiveDate::from_ymd_opt(2026, 4, 30).unwrap();
        DateRange::parse(&params, last, 366).map_err(|problem| problem.detail().to_owned())
    }

    fn days(start: &str, end: &str) -> DateRange {
        DateRange { start: start.parse().unwrap(), end: end.parse().unwrap() }
    }

    #[test]
    fn both_spellings_of_a_date_are_read() {
        assert_eq!(range("start=2026-01-05&end=20260106"), Ok(days("2026-01-05", "2026-01-06")));
        assert_eq!(range("start=20240229&end=2024-02-29"), Ok(days("2024-02-29", "2024-02-29")));
    }

    #[test]
    fn a_range_defaults_to_the_year_up_to_the_last_trading_day() {
        assert_eq!(range(""), Ok(days("2025-04-30", "2026-04-30")));
        assert_eq!(range("end=2024-02-29"), Ok(days("2023-03-01", "2024-02-29")), "367 days would be too many");
    }

    #[test]
    fn what_is_not_a_day_is_refused() {
        for text in ["2026-13-01", "2026-02-30", "2026/01/05", "260105", "2026-1-5", "+2026010", "2026-01-0５", "today"]
        {
            let message = range(&format!("start={}", text.replace('+', "%2B"))).unwrap_err();
            assert_eq!(message, format!("`{text}` is not a date: write YYYY-MM-DD or YYYYMMDD"));
        }
    }

    #[test]
    fn a_range_that_runs_backwards_or_too_long_is_refused() {
        assert_eq!(
            range("start=2026-05-01").unwrap_err(),
            "start 2026-05-01 is after end 2026-04-30, the warehouse's last trading day"
        );
        assert_eq!(range("start=2026-02-01&end=2026-01-01").unwrap_err(), "start 2026-02-01 is after end 2026-01-01");
        assert_eq!(
            range("start=0001-01-01").unwrap_err(),
            "0001-01-01 to 2026-04-30 is 739736 days; one request may ask for at most 366"
        );
    }
}
