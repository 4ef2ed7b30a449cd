//! The normalized rows of some codes: base and tail, merged.

use std::collections::HashMap;

use duckdb::{Connection, arrow::array::Array as _};
use market_model::Code;
use quality_rules::BarRow;

use super::{
    Sources,
    batches::{self, CodeReader, number},
    intervals::Interval,
};
use crate::{
    WarehouseError,
    arrow_rows::{self, Columns},
    reader::DayTable,
};

const COLUMNS: &str =
    "code, trade_date, open, high, low, close, pre_close, volume, amount, adj_factor, source, raw_id, raw_row";

/// Collects rows as they come.
pub(super) struct RowSet<'a> {
    sources: &'a Sources,
    days: &'a DayTable,
    codes: HashMap<Code, CodeRows>,
}

/// One code's rows in each of the two files.
#[derive(Debug, Default)]
struct CodeRows {
    base: Vec<BarRow>,
    tail: Vec<BarRow>,
}

/// Which of the two files rows come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Base,
    Tail,
}

impl<'a> RowSet<'a> {
    pub(super) fn new(sources: &'a Sources, days: &'a DayTable) -> Self {
        Self { sources, days, codes: HashMap::new() }
    }

    /// Adds the rows of `codes` (a condition with an `AND` behind it, or nothing) on the days of `interval` in `database`, an
    /// attached file.
    pub(super) fn add(
        &mut self,
        conn: &Connection,
        (part, database): (Part, &str),
        codes: &str,
        interval: Interval,
    ) -> Result<(), WarehouseError> {
        let filter = batches::filter(codes, interval);
        let sql = format!("SELECT {COLUMNS} FROM {database}.normalized_daily {filter}");
        let mut reader = CodeReader::default();
        arrow_rows::query(conn, &sql, [], |columns| self.add_batch(part, columns, &mut reader))
    }

    fn add_batch(&mut self, part: Part, batch: &Columns<'_>, reader: &mut CodeReader) -> Result<(), WarehouseError> {
        let (codes, days, sources) = (batch.texts(0)?, batch.dates(1)?, batch.texts(10)?);
        let (open, high, low, close) = (batch.numbers(2)?, batch.numbers(3)?, batch.numbers(4)?, batch.numbers(5)?);
        let (pre_close, volume, amount) = (batch.numbers(6)?, batch.longs(7)?, batch.numbers(8)?);
        let (factor, raw_id, raw_row) = (batch.numbers(9)?, batch.longs(11)?, batch.ints(12)?);
        let mut source = (String::new(), 0);
        let mut at = 0;
        while at < batch.rows() {
            let code = reader.read(codes, at)?;
            let of_code = self.codes.entry(code).or_default();
            let rows = match part {
                Part::Base => &mut of_code.base,
                Part::Tail => &mut of_code.tail,
            };
            // The rows of a code mostly follow each other: it is looked up once for all of them.
            while at < batch.rows() && codes.value(at) == code.as_str() {
                if sources.value(at) != source.0 {
                    source = (sources.value(at).to_owned(), self.sources.find(sources.value(at))?);
                }
                rows.push(BarRow {
                    date: self.days.date(days.value(at)),
                    open: number(open, at),
                    high: number(high, at),
                    low: number(low, at),
                    close: number(close, at),
                    pre_close: number(pre_close, at),
                    volume: if volume.is_null(at) { 0 } else { volume.value(at) },
                    amount: number(amount, at),
                    factor: number(factor, at),
                    source: source.1,
                    raw_id: if raw_id.is_null(at) { 0 } else { raw_id.value(at) },
                    raw_row: if raw_row.is_null(at) { 0 } else { raw_row.value(at) },
                });
                at += 1;
            }
        }
        Ok(())
    }

    /// Every code with rows, in no particular order.
    pub(super) fn codes(&self) -> impl Iterator<Item = &Code> {
        self.codes.keys()
    }

    /// Whether `code` has a row on a day from `first` to `last`.
    pub(super) fn has_rows(&self, code: &Code, (first, last): Interval) -> bool {
        let Some(rows) = self.codes.get(code) else { return false };
        rows.tail.iter().chain(&rows.base).any(|row| (first..=last).contains(&row.date))
    }

    /// Takes out the merged rows of `code`, by day, then source.
    pub(super) fn take(&mut self, code: &Code) -> Vec<BarRow> {
        self.codes.remove(code).map_or_else(Vec::new, CodeRows::merge)
    }
}

impl CodeRows {
    /// Where both files have a key, the tail's row counts. Two rows of one key in the same file stay: a rule looks for them.
    fn merge(self) -> Vec<BarRow> {
        let Self { base: mut merged, mut tail } = self;
        let key = |row: &BarRow| (row.date, row.source);
        if !tail.is_empty() {
            tail.sort_by_key(key);
            if !merged.is_empty() {
                merged.retain(|row| tail.binary_search_by_key(&key(row), key).is_err());
            }
            merged.append(&mut tail);
        }
        // Mostly they are in order already, which the sort notices.
        merged.sort_by_key(key);
        merged
    }
}
