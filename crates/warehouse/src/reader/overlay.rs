//! The tail's curated bars in memory.

use std::collections::HashMap;

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
    /// Loads `table`, for example `tail_000012.curated_daily`.
    pub(crate) fn load(
        conn: &Connection,
        table: &str,
        days: &DayTable,
        sources: &mut SourceNames,
    ) -> Result<Self, WarehouseError> {
        let mut codes = HashMap::new();
        let mut collected: Option<(Code, Vec<Bar>, FactorBasis)> = None;
        scan_curated(conn, &format!("FROM {table} ORDER BY code, trade_date"), |code, row| {
            if collected.as_ref().is_none_or(|(last, ..)| *last != code) {
                store(&mut codes, collected.take());
            }
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
            let (_, bars, last_basis) = collected.get_or_insert_with(|| (code, Vec::new(), basis));
            bars.push(bar);
            *last_basis = basis;
            Ok(())
        })?;
        store(&mut codes, collected);
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
    pub(crate) fn range(&self, from: chrono::NaiveDate, to: chrono::NaiveDate) -> &[Bar] {
        let start = self.bars.partition_point(|bar| bar.date < from);
        let len = self.bars[start..].partition_point(|bar| bar.date <= to);
        &self.bars[start..start + len]
    }
}

fn store(codes: &mut HashMap<Code, TailBars>, collected: Option<(Code, Vec<Bar>, FactorBasis)>) {
    if let Some((code, bars, basis)) = collected {
        codes.insert(code, TailBars { bars: bars.into_boxed_slice(), basis });
    }
}
