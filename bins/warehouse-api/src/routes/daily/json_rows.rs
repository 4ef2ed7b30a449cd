//! The JSON rows of one code's bars. What neighbouring rows share is formatted once: half of a row's bytes.

use market_model::Code;
use warehouse::{Bar, Generation, SourceId, known_volume};

use crate::write::json::{push_date, push_number, push_optional_integer, push_string};

/// Writes the rows of one code.
pub(super) struct JsonRows<'a> {
    generation: &'a Generation,
    code: &'a Code,
    /// Everything before the date.
    start: Vec<u8>,
    /// The factor and the source of the last row, and everything after its amount.
    end_of: Option<(u64, SourceId)>,
    end: Vec<u8>,
}

impl<'a> JsonRows<'a> {
    pub(super) fn new(code: &'a Code, generation: &'a Generation) -> Self {
        // A code consists of capitals, digits, dots and dashes: nothing to escape.
        let start = [b"{\"code\":\"", code.as_str().as_bytes(), b"\",\"trade_date\":\""].concat();
        Self { generation, code, start, end_of: None, end: Vec::new() }
    }

    pub(super) fn push(&mut self, out: &mut Vec<u8>, bar: &Bar) {
        out.extend_from_slice(&self.start);
        push_date(out, bar.date);
        out.extend_from_slice(b"\",\"open\":");
        push_number(out, bar.open);
        out.extend_from_slice(b",\"high\":");
        push_number(out, bar.high);
        out.extend_from_slice(b",\"low\":");
        push_number(out, bar.low);
        out.extend_from_slice(b",\"close\":");
        push_number(out, bar.close);
        out.extend_from_slice(b",\"volume\":");
        push_optional_integer(out, known_volume(self.code, bar.volume));
        out.extend_from_slice(b",\"amount\":");
        push_number(out, bar.amount);
        let end_of = Some((bar.factor.to_bits(), bar.source));
        if self.end_of != end_of {
            self.format_end(bar);
            self.end_of = end_of;
        }
        out.extend_from_slice(&self.end);
    }

    fn format_end(&mut self, bar: &Bar) {
        self.end.clear();
        self.end.extend_from_slice(b",\"adj_factor\":");
        push_number(&mut self.end, bar.factor);
        self.end.extend_from_slice(b",\"source\":");
        push_string(&mut self.end, self.generation.source_name(bar.source));
        self.end.push(b'}');
    }
}
