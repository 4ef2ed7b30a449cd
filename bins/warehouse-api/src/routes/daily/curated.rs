//! `layer=curated`: read from the series file and memory, written straight into the answer's bytes.

use market_model::Adjust;
use warehouse::{Anchor, Bar, Generation, Missing, WarehouseError, known_volume};

use super::{json_rows::JsonRows, meta, query::DailyQuery};
use crate::write::{csv::CsvWriter, json::push_integer};

/// The header row of the CSV, in the order of the JSON members.
const COLUMNS: [&str; 10] =
    ["code", "trade_date", "open", "high", "low", "close", "volume", "amount", "adj_factor", "source"];

/// About as long as a row of JSON gets.
const ROW_BYTES: usize = 240;

/// What one answer is made of.
pub(super) struct Curated {
    pub(super) bars: Vec<Bar>,
    pub(super) missing: Vec<Missing>,
    pub(super) anchor: Option<Anchor>,
}

impl Curated {
    /// Reads the bars, adjusted as asked. A few microseconds; never plans a query while the series file is whole.
    pub(super) fn read(generation: &Generation, query: &DailyQuery) -> Result<Self, WarehouseError> {
        let (code, range) = (&query.code, query.range);
        let mut bars = Vec::new();
        generation.bars(code, range.start, range.end, &mut bars)?;
        let missing = generation.missing_among(code, range.start, range.end, &bars)?;
        let anchor = generation.anchor(code);
        adjust(&mut bars, query.adjust, anchor);
        Ok(Self { bars, missing, anchor })
    }

    pub(super) fn json(&self, generation: &Generation, query: &DailyQuery) -> Vec<u8> {
        let mut out = Vec::with_capacity(512 + self.bars.len() * ROW_BYTES);
        let code = query.code.as_str();
        out.extend_from_slice(b"{\"rows\":[");
        let mut rows = JsonRows::new(&query.code, generation);
        for (index, bar) in self.bars.iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            rows.push(&mut out, bar);
        }
        out.extend_from_slice(b"],\"source\":\"curated\",\"code\":\"");
        out.extend_from_slice(code.as_bytes());
        out.extend_from_slice(b"\",\"adjust\":\"");
        out.extend_from_slice(query.adjust.as_str().as_bytes());
        out.extend_from_slice(b"\",\"anchor\":");
        meta::push_anchor(&mut out, self.anchor.as_ref());
        out.extend_from_slice(b",\"generation\":");
        push_integer(&mut out, generation.number().cast_signed());
        out.extend_from_slice(b",\"missing\":");
        meta::push_missing(&mut out, &self.missing);
        out.push(b'}');
        out
    }

    pub(super) fn csv(&self, generation: &Generation, query: &DailyQuery) -> Vec<u8> {
        let mut csv = CsvWriter::new(&COLUMNS);
        for bar in &self.bars {
            csv.text(query.code.as_str());
            csv.date(bar.date);
            for price in [bar.open, bar.high, bar.low, bar.close] {
                csv.number(Some(price));
            }
            csv.optional_integer(known_volume(&query.code, bar.volume));
            csv.number(Some(bar.amount));
            csv.number(Some(bar.factor));
            csv.text(generation.source_name(bar.source));
            csv.end_row();
        }
        csv.finish()
    }
}

/// Scales the traded prices of `bars` into the basis that was asked for.
fn adjust(bars: &mut [Bar], adjust: Adjust, anchor: Option<Anchor>) {
    if adjust == Adjust::None {
        return;
    }
    let anchor = anchor.map_or(1.0, |anchor| anchor.factor);
    for bar in bars {
        let multiplier = adjust.ratio(bar.factor, anchor);
        for price in [&mut bar.open, &mut bar.high, &mut bar.low, &mut bar.close] {
            *price *= multiplier;
        }
    }
}
