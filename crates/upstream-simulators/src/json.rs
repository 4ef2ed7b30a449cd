//! Writes JSON values by hand: a whole market day is 60,000 cells.

use chrono::{Datelike, NaiveDate};

/// A growing JSON text.
#[derive(Debug, Default)]
pub(crate) struct Json(Vec<u8>);

impl Json {
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        Self(Vec::with_capacity(bytes))
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    pub(crate) fn raw(&mut self, text: &str) {
        self.0.extend_from_slice(text.as_bytes());
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    pub(crate) fn null(&mut self) {
        self.raw("null");
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.0.push(b'"');
        for character in text.chars() {
            match character {
                '"' | '\\' => self.raw(&format!("\\{character}")),
                control if control < ' ' => self.raw(&format!("\\u{:04x}", u32::from(control))),
                other => self.raw(other.encode_utf8(&mut [0; 4])),
            }
        }
        self.0.push(b'"');
    }

    /// `"20240105"`.
    pub(crate) fn date(&mut self, date: NaiveDate) {
        let number = date.year() as u32 * 10_000 + date.month() * 100 + date.day();
        self.0.push(b'"');
        self.integer(i64::from(number));
        self.0.push(b'"');
    }

    pub(crate) fn integer(&mut self, value: i64) {
        self.digits(value.unsigned_abs(), value < 0);
    }

    /// `scaled / 10^decimals` the way Python prints floats: no trailing zeros, but at least one decimal.
    pub(crate) fn fixed(&mut self, scaled: i64, decimals: u32) {
        let power = 10u64.pow(decimals);
        let magnitude = scaled.unsigned_abs();
        self.digits(magnitude / power, scaled < 0);
        self.0.push(b'.');
        let (mut rest, mut power) = (magnitude % power, power);
        loop {
            power /= 10;
            let digit = rest.checked_div(power).unwrap_or(0);
            self.0.push(b'0' + digit as u8);
            rest -= digit * power;
            if rest == 0 {
                return;
            }
        }
    }

    pub(crate) fn optional_fixed(&mut self, scaled: Option<i64>, decimals: u32) {
        match scaled {
            Some(scaled) => self.fixed(scaled, decimals),
            None => self.null(),
        }
    }

    pub(crate) fn optional_date(&mut self, date: Option<NaiveDate>) {
        match date {
            Some(date) => self.date(date),
            None => self.null(),
        }
    }

    fn digits(&mut self, mut value: u64, negative: bool) {
        let mut buffer = [0u8; 20];
        let mut start = buffer.len();
        loop {
            start -= 1;
            buffer[start] = b'0' + (value % 10) as u8;
            value /= 10;
            if value == 0 {
                break;
            }
        }
        if negative {
            self.0.push(b'-');
        }
        self.0.extend_from_slice(&buffer[start..]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl FnOnce(&mut Json)) -> String {
        let mut json = Json::default();
        write(&mut json);
        String::from_utf8(json.into_bytes()).unwrap()
    }

    #[test]
    fn numbers_look_like_pythons_floats() {
        for (scaled, decimals, text) in [
            (870, 2, "8.7"),
            (52_515_277, 2, "525152.77"),
            (1_000, 2, "10.0"),
            (-2, 2, "-0.02"),
            (0, 4, "0.0"),
            (460_697_377, 3, "460697.377"),
            (5, 4, "0.0005"),
            (-12_300, 2, "-123.0"),
        ] {
            assert_eq!(written(|json| json.fixed(scaled, decimals)), text);
        }
    }

    #[test]
    fn texts_are_escaped() {
        assert_eq!(written(|json| json.text("*ST\"华\\\n")), "\"*ST\\\"华\\\\\\u000a\"");
    }

    #[test]
    fn dates_have_eight_digits() {
        assert_eq!(written(|json| json.date("1991-04-03".parse().unwrap())), "\"19910403\"");
    }
}
