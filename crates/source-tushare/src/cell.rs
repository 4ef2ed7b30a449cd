//! One cell of an answer. Numbers keep their text, so that no digit is lost before the unit is applied.

use serde_json::value::RawValue;

/// A cell as it was sent.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Cell {
    Null,
    /// The text of a JSON number (`525152.77`).
    Number(Box<str>),
    /// The content of a JSON string.
    Text(Box<str>),
    /// Anything else, as JSON: an array, an object.
    Other(Box<str>),
}

impl Cell {
    pub(crate) fn parse(raw: &RawValue) -> Self {
        let text = raw.get();
        match text.as_bytes().first() {
            Some(b'n') => Self::Null,
            // Flags come as 0/1, as "0"/"1" and, from mirrors, as booleans.
            Some(b't') => Self::Number("1".into()),
            Some(b'f') => Self::Number("0".into()),
            Some(b'"') => match serde_json::from_str::<String>(text) {
                Ok(content) => Self::Text(content.into()),
                Err(_) => Self::Other(text.into()),
            },
            Some(b'[' | b'{') | None => Self::Other(text.into()),
            Some(_) => Self::Number(text.into()),
        }
    }

    /// The text, for messages and keys.
    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Null => "null",
            Self::Number(text) | Self::Text(text) | Self::Other(text) => text,
        }
    }

    /// Text without surrounding space; `None` for null and for what mirrors write instead of it.
    pub(crate) fn content(&self) -> Option<&str> {
        let text = match self {
            Self::Null => return None,
            Self::Number(text) | Self::Text(text) | Self::Other(text) => text.trim(),
        };
        (!text.is_empty() && !["nan", "none", "null"].iter().any(|absent| text.eq_ignore_ascii_case(absent)))
            .then_some(text)
    }

    /// The number × 10^`exponent`, correctly rounded to the nearest `f64` in one step: `525152.77` with exponent 2 is
    /// exactly 52515277. `None` when the content is not a finite decimal number.
    pub(crate) fn decimal(&self, exponent: i32) -> Option<f64> {
        if matches!(self, Self::Other(_)) {
            return None;
        }
        let text = self.content()?;
        if !text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E')) {
            return None;
        }
        let value: f64 = if exponent == 0 {
            text.parse().ok()?
        } else {
            let (mantissa, own) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
            let exponent = own.parse::<i32>().ok()?.checked_add(exponent)?;
            format!("{mantissa}e{exponent}").parse().ok()?
        };
        value.is_finite().then_some(value)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cell(json: &str) -> Cell {
        Cell::parse(&RawValue::from_string(json.to_owned()).unwrap())
    }

    #[test]
    fn a_scaled_number_has_no_float_error() {
        // The naive products are off: 460697.377 * 1000.0 is 460697376.99999994.
        assert_eq!(cell("525152.77").decimal(2), Some(52_515_277.0));
        assert_eq!(cell("460697.377").decimal(3), Some(460_697_377.0));
        assert_eq!(cell("1717041.125").decimal(4), Some(17_170_411_250.0));
        assert_eq!(cell("5.2515277E5").decimal(2), Some(52_515_277.0));
        assert_eq!(cell("-0.02").decimal(0), Some(-0.02));
    }

    #[test]
    fn integers_floats_and_strings_are_the_same_number() {
        for json in ["10", "10.0", "\"10\"", "\" 10.00 \"", "1e1", "1.0E+1"] {
            assert_eq!(cell(json).decimal(0), Some(10.0), "{json}");
        }
        assert_eq!(cell("true").decimal(0), Some(1.0));
    }

    #[test]
    fn absent_values_have_no_content_and_nonsense_is_no_number() {
        for json in ["null", "\"\"", "\"NaN\"", "\"None\"", "\"  \""] {
            assert_eq!(cell(json).content(), None, "{json}");
        }
        for json in ["\"inf\"", "\"1,000\"", "\"--\"", "[1]", "{}", "1e999", "\"0x10\""] {
            assert_eq!(cell(json).decimal(0), None, "{json}");
        }
    }

    proptest! {
        #[test]
        fn any_decimal_of_the_vendor_scales_to_the_whole_number_it_stands_for(units in -(1_i64 << 52)..(1_i64 << 52)) {
            let sign = if units < 0 { "-" } else { "" };
            let text = format!("{sign}{}.{:03}", units.abs() / 1000, units.abs() % 1000);
            prop_assert_eq!(cell(&text).decimal(3), Some(units as f64));
        }
    }
}
