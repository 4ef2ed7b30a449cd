//! CSV as RFC 4180 has it: a header row, CRLF after every record, quotes only where a field needs them.

use super::number::{push_f64, push_i64};

/// Builds one CSV document.
#[derive(Debug)]
pub(crate) struct CsvWriter {
    out: Vec<u8>,
    at_start: bool,
}

impl CsvWriter {
    /// Starts a document with its header row.
    pub(crate) fn new(header: &[&str]) -> Self {
        let mut writer = Self { out: Vec::new(), at_start: true };
        for name in header {
            writer.text(name);
        }
        writer.end_row();
        writer
    }

    /// Appends a text field, quoted where it holds a comma, a quote or a line break.
    pub(crate) fn text(&mut self, text: &str) {
        self.separate();
        if !text.bytes().any(|byte| matches!(byte, b',' | b'"' | b'\r' | b'\n')) {
            self.out.extend_from_slice(text.as_bytes());
            return;
        }
        self.out.push(b'"');
        for &byte in text.as_bytes() {
            if byte == b'"' {
                self.out.push(b'"');
            }
            self.out.push(byte);
        }
        self.out.push(b'"');
    }

    /// Appends a date field.
    pub(crate) fn date(&mut self, date: chrono::NaiveDate) {
        self.separate();
        super::json::push_date(&mut self.out, date);
    }

    /// Appends a number; empty where it is absent or not finite.
    pub(crate) fn number(&mut self, value: Option<f64>) {
        self.separate();
        push_f64(&mut self.out, value.unwrap_or(f64::NAN), b"");
    }

    /// Appends an integer.
    pub(crate) fn integer(&mut self, value: i64) {
        self.separate();
        push_i64(&mut self.out, value);
    }

    /// Appends an integer; empty where it is absent.
    pub(crate) fn optional_integer(&mut self, value: Option<i64>) {
        match value {
            Some(value) => self.integer(value),
            None => self.separate(),
        }
    }

    /// Ends the record.
    pub(crate) fn end_row(&mut self) {
        self.out.extend_from_slice(b"\r\n");
        self.at_start = true;
    }

    /// The document.
    pub(crate) fn finish(self) -> Vec<u8> {
        self.out
    }

    fn separate(&mut self) {
        if !self.at_start {
            self.out.push(b',');
        }
        self.at_start = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_quoted_only_where_they_must_be() {
        let mut csv = CsvWriter::new(&["code", "note", "close", "volume", "trade_date"]);
        csv.text("600519.SH");
        csv.text("a \"b\", c\r\nd");
        csv.number(Some(1688.5));
        csv.integer(-3);
        csv.date("2026-01-05".parse().unwrap());
        csv.end_row();
        csv.text("");
        csv.text("贵州茅台");
        csv.number(None);
        csv.integer(0);
        csv.date("2026-01-06".parse().unwrap());
        csv.end_row();
        assert_eq!(
            String::from_utf8(csv.finish()).unwrap(),
            "code,note,close,volume,trade_date\r\n600519.SH,\"a \"\"b\"\", c\r\nd\",1688.5,-3,2026-01-05\r\n,贵州茅台,,0,2026-01-06\r\n"
        );
    }

    #[test]
    fn a_document_without_rows_still_has_its_header() {
        assert_eq!(CsvWriter::new(&["a", "b"]).finish(), b"a,b\r\n");
    }
}
