//! Reporting periods of a query: quarters, by their last day or by their number.

use chrono::{Datelike, Months, NaiveDate};
use daemon_kit::{body::shown, problem::Problem};

use super::{params::Params, range::parse_date};

/// What a period may look like, for errors.
const SPELLINGS: [&str; 3] = ["YYYYQ1 to YYYYQ4", "YYYY-MM-DD", "YYYYMMDD"];

/// Reads `period`, if it was given: a quarter as its last day, `2025-09-30` or `20250930`, or as `2025Q3`.
///
/// # Errors
/// 400 for anything else; a day within a quarter is answered with the nearest ends.
pub(crate) fn period(params: &Params) -> Result<Option<NaiveDate>, Problem> {
    let Some(text) = params.get("period") else { return Ok(None) };
    if let Some(end) = quarter(text) {
        return Ok(Some(end));
    }
    let Some(day) = parse_date(text) else {
        let detail = format!("`{}` is no period: write a quarter, 2025Q3, or its last day, 2025-09-30", shown(text));
        return Err(Problem::invalid("period", detail).allowed(SPELLINGS));
    };
    let end = end_of_quarter(day).filter(|end| *end != day);
    let Some(end) = end else { return Ok(Some(day)) };
    let before = start_of_quarter(day).and_then(|first| first.pred_opt()).unwrap_or(end);
    let detail = format!("{day} is not the last day of a quarter: the nearest are {before} and {end}");
    Err(Problem::invalid("period", detail).allowed([before, end]))
}

/// The first day of the quarter that `day` lies in.
fn start_of_quarter(day: NaiveDate) -> Option<NaiveDate> {
    day.with_day(1)?.with_month(day.month0() / 3 * 3 + 1)
}

fn end_of_quarter(day: NaiveDate) -> Option<NaiveDate> {
    start_of_quarter(day)?.checked_add_months(Months::new(3))?.pred_opt()
}

/// `2025Q3`.
fn quarter(text: &str) -> Option<NaiveDate> {
    let (year, number) = text.split_once(['Q', 'q'])?;
    let digits = |text: &str, count: usize| text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(year, 4) || !digits(number, 1) {
        return None;
    }
    let (year, number): (i32, u32) = (year.parse().ok()?, number.parse().ok()?);
    end_of_quarter(NaiveDate::from_ymd_opt(year, number.checked_mul(3)?, 1)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<String, String> {
        let uri = format!("/warehouse/fundamentals?period={text}").parse().unwrap();
        period(&Params::parse(&uri, &["period"]).unwrap())
            .map(|end| end.unwrap().to_string())
            .map_err(|problem| problem.detail().to_owned())
    }

    #[test]
    fn a_quarter_is_its_last_day_or_its_number() {
        for (text, end) in [
            ("2025-09-30", "2025-09-30"),
            ("20250930", "2025-09-30"),
            ("2025Q3", "2025-09-30"),
            ("2025q4", "2025-12-31"),
            ("2024Q1", "2024-03-31"),
            ("2024Q2", "2024-06-30"),
        ] {
            assert_eq!(read(text).as_deref(), Ok(end), "{text}");
        }
    }

    #[test]
    fn a_day_within_a_quarter_is_answered_with_the_nearest_ends() {
        assert_eq!(
            read("2025-09-29").unwrap_err(),
            "2025-09-29 is not the last day of a quarter: the nearest are 2025-06-30 and 2025-09-30"
        );
        assert_eq!(
            read("20260101").unwrap_err(),
            "2026-01-01 is not the last day of a quarter: the nearest are 2025-12-31 and 2026-03-31"
        );
    }

    #[test]
    fn anything_else_is_no_period() {
        for text in ["2025Q0", "2025Q5", "2025Q33", "25Q3", "2025", "2025-9-30", "Q3", "latest", "+025Q1", "2025-02-30"]
        {
            let encoded = text.replace('+', "%2B");
            let expected = format!("`{text}` is no period: write a quarter, 2025Q3, or its last day, 2025-09-30");
            assert_eq!(read(&encoded).unwrap_err(), expected);
        }
    }
}
