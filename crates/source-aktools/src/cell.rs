//! One cell of an answer, as it was sent.

use chrono::NaiveDate;
use serde_json::value::RawValue;

/// A cell. Numbers keep their text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cell {
    Null,
    /// The text of a JSON number (`7.1`).
    Number(Box<str>),
    /// The content of a JSON string.
    Text(Box<str>),
    /// Anything else, as JSON: a boolean, an array, an object.
    Other(Box<str>),
}

/// What tables write where a figure is missing.
const ABSENT: [&str; 6] = ["nan", "none", "null", "nat", "-", "--"];

impl Cell {
    pub(crate) fn parse(raw: &RawValue) -> Self {
        let text = raw.get();
        match text.as_bytes().first() {
            Some(b'n') => Self::Null,
            Some(b'"') => match serde_json::from_str::<String>(text) {
                Ok(content) => Self::Text(content.into()),
                Err(_) => Self::Other(text.into()),
            },
            Some(b'-' | b'0'..=b'9') => Self::Number(text.into()),
            _ => Self::Other(text.into()),
        }
    }

    /// The text, for messages.
    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Null => "null",
            Self::Number(text) | Self::Text(text) | Self::Other(text) => text,
        }
    }

    /// Text without surrounding space; `None` for null and for what tables write instead of it.
    pub(crate) fn content(&self) -> Option<&str> {
        let text = match self {
            Self::Null => return None,
            Self::Number(text) | Self::Text(text) | Self::Other(text) => text.trim(),
        };
        (!text.is_empty() && !ABSENT.iter().any(|absent| text.eq_ignore_ascii_case(absent))).then_some(text)
    }

    /// The number × 10^`exponent`, rounded to the nearest `f64` in one step. `None` when the content is not a finite
    /// decimal number.
    pub(crate) fn decimal(&self, exponent: i32) -> Option<f64> {
        if matches!(self, Self::Other(_)) {
            return None;
        }
        let text = self.content()?;
        if !text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E')) {
            return None;
        }
        let (mantissa, own) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let exponent = own.parse::<i32>().ok()?.checked_add(exponent)?;
        let value: f64 = format!("{mantissa}e{exponent}").parse().ok()?;
        value.is_finite().then_some(value)
    }

    /// A day, written as `2025-10-15T00:00:00.000`, `2025-10-15`, `2025-10-15 00:00:00`, `20251015` or `2025年10月15日`.
    pub(crate) fn day(&self) -> Option<NaiveDate> {
        let text = self.content()?;
        if let Some((year, rest)) = text.split_once('年') {
            let (month, rest) = rest.split_once('月')?;
            return ymd(year, month, rest.strip_suffix('日')?);
        }
        let day = match text.find(['T', ' ']) {
            Some(at) if text[at + 1..].starts_with("00:00") => &text[..at],
            Some(_) => return None,
            None => text,
        };
        if day.len() == 8 && day.is_ascii() {
            return ymd(&day[..4], &day[4..6], &day[6..]);
        }
        let (year, rest) = day.split_once('-')?;
        let (month, day) = rest.split_once('-')?;
        ymd(year, month, day)
    }
}

/// A day out of its digits.
fn ymd(year: &str, month: &str, day: &str) -> Option<NaiveDate> {
    let number = |text: &str, longest: usize| {
        let digits = (1..=longest).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| text.parse::<u32>().ok()).flatten()
    };
    let year = if year.len() == 4 { number(year, 4)? } else { return None };
    NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, number(month, 2)?, number(day, 2)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(json: &str) -> Cell {
        Cell::parse(&RawValue::from_string(json.to_owned()).unwrap())
    }

    #[test]
    fn integers_floats_and_texts_are_the_same_number() {
        for json in ["10", "10.0", "\"10\"", "\" 10.00 \"", "1e1", "1.0E+1"] {
            assert_eq!(cell(json).decimal(0), Some(10.0), "{json}");
        }
        assert_eq!(cell("52515.27").decimal(2), Some(5_251_527.0));
        assert_eq!(cell("-0.3").decimal(0), Some(-0.3));
    }

    #[test]
    fn what_tables_write_for_a_missing_figure_is_absent_and_never_zero() {
        for json in ["null", "\"\"", "\"NaN\"", "\"None\"", "\"--\"", "\"-\"", "\"NaT\"", "\"  \""] {
            assert_eq!((cell(json).content(), cell(json).decimal(0)), (None, None), "{json}");
        }
    }

    #[test]
    fn nonsense_is_neither_a_number_nor_a_day() {
        for json in ["\"inf\"", "\"1,000\"", "[1]", "{}", "1e999", "\"0x10\"", "true", "\"7.1%\"", "\"1e\""] {
            assert_eq!(cell(json).decimal(0), None, "{json}");
            assert_eq!(cell(json).day(), None, "{json}");
        }
        for json in [
            "\"2025-13-01\"",
            "\"2025-02-30\"",
            "\"25-02-03\"",
            "\"2025-10-15T10:30:00\"",
            "\"一二三四年5月6日\"",
            "\"年月日\"",
        ] {
            assert_eq!(cell(json).day(), None, "{json}");
        }
    }

    #[test]
    fn a_day_may_be_written_in_five_ways() {
        for json in [
            "\"2025-10-05T00:00:00.000\"",
            "\"2025-10-05\"",
            "\"2025-10-05 00:00:00\"",
            "\"20251005\"",
            "20251005",
            "\"2025年10月05日\"",
            "\"2025年10月5日\"",
        ] {
            assert_eq!(cell(json).day(), NaiveDate::from_ymd_opt(2025, 10, 5), "{json}");
        }
    }
}
