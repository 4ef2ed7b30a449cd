//! JSON written by hand into a byte buffer: the answers on the hot path are built without an intermediate tree.

use chrono::{Datelike, NaiveDate};

use super::number::{push_f64, push_i64};

/// Writes one document, member by member; commas come by themselves.
///
/// For answers off the hot path. It does not check that what is opened is closed: a test of each answer does.
#[derive(Debug, Default)]
pub(crate) struct JsonWriter {
    out: Vec<u8>,
}

impl JsonWriter {
    pub(crate) fn open(&mut self, bracket: u8) -> &mut Self {
        self.separate();
        self.out.push(bracket);
        self
    }

    pub(crate) fn close(&mut self, bracket: u8) -> &mut Self {
        self.out.push(bracket);
        self
    }

    /// The name of the next member, plain ASCII.
    pub(crate) fn key(&mut self, name: &'static str) -> &mut Self {
        self.separate();
        self.out.push(b'"');
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"\":");
        self
    }

    pub(crate) fn string(&mut self, text: &str) -> &mut Self {
        self.separate();
        push_string(&mut self.out, text);
        self
    }

    pub(crate) fn date(&mut self, date: NaiveDate) -> &mut Self {
        self.separate();
        self.out.push(b'"');
        push_date(&mut self.out, date);
        self.out.push(b'"');
        self
    }

    /// A number; `null` where it is absent or not finite.
    pub(crate) fn number(&mut self, value: Option<f64>) -> &mut Self {
        self.separate();
        push_number(&mut self.out, value.unwrap_or(f64::NAN));
        self
    }

    /// A string; `null` where it is absent.
    pub(crate) fn optional(&mut self, text: Option<&str>) -> &mut Self {
        match text {
            Some(text) => self.string(text),
            None => self.verbatim("null"),
        }
    }

    /// A date; `null` where it is absent.
    pub(crate) fn optional_date(&mut self, date: Option<NaiveDate>) -> &mut Self {
        match date {
            Some(date) => self.date(date),
            None => self.verbatim("null"),
        }
    }

    /// An integer; `null` where it is absent.
    pub(crate) fn optional_integer(&mut self, value: Option<i64>) -> &mut Self {
        self.separate();
        push_optional_integer(&mut self.out, value);
        self
    }

    pub(crate) fn integer(&mut self, value: i64) -> &mut Self {
        self.separate();
        push_integer(&mut self.out, value);
        self
    }

    /// `true`, `false`, `null`, or a whole value that is JSON already.
    pub(crate) fn verbatim(&mut self, json: &str) -> &mut Self {
        self.separate();
        self.out.extend_from_slice(json.as_bytes());
        self
    }

    /// Where something that appends to a buffer may write the next value.
    pub(crate) fn value(&mut self, write: impl FnOnce(&mut Vec<u8>)) -> &mut Self {
        self.separate();
        write(&mut self.out);
        self
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.out
    }

    fn separate(&mut self) {
        if !matches!(self.out.last(), None | Some(b'{' | b'[' | b':')) {
            self.out.push(b',');
        }
    }
}

/// Appends a number, or `null` where it is not finite.
pub(crate) fn push_number(out: &mut Vec<u8>, value: f64) {
    push_f64(out, value, b"null");
}

/// Appends an integer.
pub(crate) fn push_integer(out: &mut Vec<u8>, value: i64) {
    push_i64(out, value);
}

/// Appends an integer, or `null` where it is absent.
#[inline]
pub(crate) fn push_optional_integer(out: &mut Vec<u8>, value: Option<i64>) {
    match value {
        Some(value) => push_i64(out, value),
        None => out.extend_from_slice(b"null"),
    }
}

/// Appends a quoted, escaped string.
pub(crate) fn push_string(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    for &byte in text.as_bytes() {
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            0..0x20 => {
                const HEX: &[u8; 16] = b"0123456789abcdef";
                out.extend_from_slice(b"\\u00");
                out.push(HEX[usize::from(byte >> 4)]);
                out.push(HEX[usize::from(byte & 15)]);
            }
            _ => out.push(byte),
        }
    }
    out.push(b'"');
}

/// Appends `2026-01-05`, without quotes. Years outside 0 to 9999 do not occur: the query refuses them.
pub(crate) fn push_date(out: &mut Vec<u8>, date: NaiveDate) {
    let (year, month, day) = (date.year().clamp(0, 9999) as u32, date.month(), date.day());
    let digit = |value: u32| b'0' + (value % 10) as u8;
    out.extend_from_slice(&[
        digit(year / 1000),
        digit(year / 100),
        digit(year / 10),
        digit(year),
        b'-',
        digit(month / 10),
        digit(month),
        b'-',
        digit(day / 10),
        digit(day),
    ]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_and_elements_are_separated() {
        let mut json = JsonWriter::default();
        json.open(b'{').key("a").integer(1).key("b").open(b'[');
        json.string("x:[{").number(None).number(Some(0.5)).open(b'{').close(b'}').close(b']');
        json.key("c").verbatim("true").key("d").date("2026-01-05".parse().unwrap()).close(b'}');
        let text = String::from_utf8(json.finish()).unwrap();
        assert_eq!(text, r#"{"a":1,"b":["x:[{",null,0.5,{}],"c":true,"d":"2026-01-05"}"#);
    }

    #[test]
    fn strings_read_back_whatever_they_hold() {
        for text in ["", "贵州茅台", "*ST \"海润\"\\", "line\nbreak\r\ttab", "\u{0}\u{1f}\u{7f}é"] {
            let mut out = Vec::new();
            push_string(&mut out, text);
            assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), text);
        }
    }

    #[test]
    fn dates_are_written_as_iso_8601() {
        for date in ["1990-12-19", "2000-02-29", "2026-10-01", "0987-06-05"] {
            let mut out = Vec::new();
            push_date(&mut out, date.parse().unwrap());
            assert_eq!(out, date.as_bytes());
        }
    }
}
