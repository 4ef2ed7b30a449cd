//! The served bars of some codes.

use std::collections::HashMap;

use chrono::NaiveDate;
use market_model::Code;
use quality_rules::CuratedBar;

use super::{Sources, intervals::Interval, spans::Span};
use crate::{
    Bar, WarehouseError,
    reader::store::{BarStore, Unmapped},
};

/// The served bars of some codes in some spans, from the last one before each span on.
#[derive(Debug, Default)]
pub(super) struct CuratedSet {
    bars: HashMap<Code, Vec<CuratedBar>>,
    /// Per span the last bar before it, of every code that has one.
    pub(super) before: Vec<Vec<(Code, NaiveDate)>>,
}

impl CuratedSet {
    pub(super) fn load(
        store: &BarStore,
        unmapped: &Unmapped,
        codes: &[Code],
        spans: &[Span],
        sources: &Sources,
    ) -> Result<Self, WarehouseError> {
        let mut set = Self { bars: HashMap::with_capacity(codes.len()), before: vec![Vec::new(); spans.len()] };
        let mut found: Vec<Bar> = Vec::new();
        for code in codes {
            found.clear();
            for (span, before) in spans.iter().zip(&mut set.before) {
                let bar_before = store.last_before(unmapped, code, span.first)?;
                before.extend(bar_before.map(|date| (*code, date)));
                // The bar before a span may be one of the span before it.
                let behind = found.last().and_then(|bar| bar.date.succ_opt()).unwrap_or(NaiveDate::MIN);
                store.bars_beside(
                    unmapped,
                    code,
                    (bar_before.unwrap_or(span.first).max(behind), span.last),
                    &mut found,
                )?;
            }
            if !found.is_empty() {
                set.bars.insert(*code, found.iter().map(|bar| curated(bar, sources)).collect());
            }
        }
        Ok(set)
    }

    /// Whether `code` is served on a day from `first` to `last`.
    pub(super) fn has_bars(&self, code: &Code, (first, last): Interval) -> bool {
        self.bars.get(code).is_some_and(|bars| {
            bars.get(bars.partition_point(|bar| bar.date < first)).is_some_and(|bar| bar.date <= last)
        })
    }

    /// Takes out the bars of `code`, ascending.
    pub(super) fn take(&mut self, code: &Code) -> Vec<CuratedBar> {
        self.bars.remove(code).unwrap_or_default()
    }
}

fn curated(bar: &Bar, sources: &Sources) -> CuratedBar {
    let Bar { date, open, high, low, close, volume, amount, factor, source } = *bar;
    CuratedBar { date, open, high, low, close, volume, amount, factor, source: sources.of_bar(source) }
}
