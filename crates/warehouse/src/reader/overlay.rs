//! The tail's curated bars in memory.

use std::collections::HashMap;

use chrono::NaiveDate;
use duckdb::Connection;
use market_model::{Code, FactorBasis};

use super::{Anchor, Bar, DayTable, curated_scan::scan_curated, sources::SourceNames};
use crate::WarehouseError;

/// The bars that the tail adds to its base or corrects in it.
#[derive(Debug, Default)]
pub(crate) struct Overlay {
    codes: HashMap<Code, TailBars>,
}

/// One code's bars in the tail.
#[derive(Debug)]
pub(crate) struct TailBars {
    /// Ascending by date, never empty.
    pub(crate) bars: Box<[Bar]>,
    /// Where the code's factor is 1.
    pub(crate) basis: FactorBasis,
}

impl Overlay {
    /// Loads `table`, for example `tail_000012.curated_daily`, whose rows may lie in any order: sorting them here, code by
    /// code, takes no more memory than they do, while DuckDB would need several times that and may not spill.
    pub(crate) fn load(
        conn: &Connection,
        table: &str,
        days: &DayTable,
        sources: &mut SourceNames,
    ) -> Result<Self, WarehouseError> {
        let mut collected: HashMap<Code, Collected> = HashMap::new();
        scan_curated(conn, &format!("FROM {table}"), |code, row| {
            let basis = FactorBasis::parse(row.basis)
                .ok_or_else(|| WarehouseError::Other(format!("curated_daily has the factor basis `{}`", row.basis)))?;
            let [open, high, low, close] = row.prices;
            let bar = Bar {
                date: days.date(row.day),
                open,
                high,
                low,
                close,
                volume: row.volume,
                amount: row.amount,
                factor: row.factor,
                source: sources.id_of(row.source)?,
            };
            collected.entry(code).or_insert_with(|| Collected::new(basis)).push(bar, basis);
            Ok(())
        })?;
        let codes = collected.into_iter().map(|(code, collected)| (code, collected.finish())).collect();
        Ok(Self { codes })
    }

    pub(crate) fn get(&self, code: &Code) -> Option<&TailBars> {
        self.codes.get(code)
    }

    pub(crate) fn codes(&self) -> impl Iterator<Item = &Code> {
        self.codes.keys()
    }
}

impl TailBars {
    /// The last bar's day and factor.
    pub(crate) fn anchor(&self) -> Option<Anchor> {
        let last = self.bars.last()?;
        Some(Anchor { date: last.date, factor: last.factor, basis: self.basis })
    }

    /// The bars in `[from, to]`.
    pub(crate) fn range(&self, from: NaiveDate, to: NaiveDate) -> &[Bar] {
        let start = self.bars.partition_point(|bar| bar.date < from);
        let len = self.bars[start..].partition_point(|bar| bar.date <= to);
        &self.bars[start..start + len]
    }
}

/// One code's bars as they come.
struct Collected {
    bars: Vec<Bar>,
    last: NaiveDate,
    /// That of the last day.
    basis: FactorBasis,
}

impl Collected {
    fn new(basis: FactorBasis) -> Self {
        Self { bars: Vec::new(), last: NaiveDate::MIN, basis }
    }

    fn push(&mut self, bar: Bar, basis: FactorBasis) {
        if bar.date >= self.last {
            (self.last, self.basis) = (bar.date, basis);
        }
        self.bars.push(bar);
    }

    fn finish(mut self) -> TailBars {
        self.bars.sort_unstable_by_key(|bar| bar.date);
        TailBars { bars: self.bars.into_boxed_slice(), basis: self.basis }
    }
}
