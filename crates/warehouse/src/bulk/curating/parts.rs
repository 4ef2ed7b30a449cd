//! Everything about one code, from columns to what the chain of factors takes.

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

use chrono::NaiveDate;
use duckdb::arrow::array::RecordBatch;
use market_model::{Code, CorporateAction};

use crate::{
    SourcePolicy, WarehouseError, arrow_rows,
    arrow_rows::{Columns, number_at},
    curate::{Bar, Events},
    reader::DayTable,
};

/// The columns of one code, as they were read.
#[derive(Debug)]
pub(super) struct Parts {
    pub(super) bars: Vec<RecordBatch>,
    pub(super) events: Vec<RecordBatch>,
    /// Code, day, source and raw close of the curated rows in the base.
    pub(super) curated: Vec<RecordBatch>,
    /// The same, in the tail.
    pub(super) curated_in_tail: Vec<RecordBatch>,
    pub(super) figures: Vec<RecordBatch>,
    names: Names,
    dates: DayTable,
}

/// What was curated before.
#[derive(Debug, Default)]
pub(super) struct Stored {
    /// Source and raw close by day.
    pub(super) rows: BTreeMap<NaiveDate, (Arc<str>, f64)>,
    /// The days whose row is in the base, ascending.
    pub(super) sealed: Vec<NaiveDate>,
}

/// Day, PE and PB.
type Figures = (NaiveDate, Option<f64>, Option<f64>);

/// The sources' names, each allocated once.
#[derive(Debug, Default)]
struct Names(HashSet<Arc<str>>);

impl Names {
    fn get(&mut self, name: &str) -> Arc<str> {
        if let Some(known) = self.0.get(name) {
            return Arc::clone(known);
        }
        let new: Arc<str> = name.into();
        self.0.insert(Arc::clone(&new));
        new
    }
}

impl Parts {
    pub(super) fn new() -> Self {
        Self {
            bars: Vec::new(),
            events: Vec::new(),
            curated: Vec::new(),
            curated_in_tail: Vec::new(),
            figures: Vec::new(),
            names: Names::default(),
            dates: DayTable::new(),
        }
    }

    pub(super) fn clear(&mut self) {
        let all = [&mut self.bars, &mut self.events, &mut self.curated, &mut self.curated_in_tail, &mut self.figures];
        all.into_iter().for_each(Vec::clear);
    }

    /// The bars, ascending, within a day the best source's (by `order`) first; `counts` says which may become a curated row.
    pub(super) fn bars(
        &mut self,
        order: &[String],
        counts: impl Fn(NaiveDate, &str) -> bool,
    ) -> Result<Vec<Bar>, WarehouseError> {
        let mut bars = Vec::with_capacity(self.bars.iter().map(RecordBatch::num_rows).sum());
        for batch in &self.bars {
            let columns = Columns::of(batch);
            let (dates, volumes) = (columns.dates(1)?, columns.longs(6)?);
            let raw = [columns.numbers(2)?, columns.numbers(3)?, columns.numbers(4)?, columns.numbers(5)?];
            let (amounts, pre_closes, factors) = (columns.numbers(7)?, columns.numbers(8)?, columns.numbers(9)?);
            let (sources, ingested) = (columns.texts(10)?, columns.moments(11)?);
            for row in 0..columns.rows() {
                let date = self.dates.date(dates.value(row));
                let source = self.names.get(sources.value(row));
                bars.push(Bar {
                    date,
                    raw: raw.map(|column| column.value(row)),
                    volume: volumes.value(row),
                    amount: number_at(amounts, row).unwrap_or(f64::NAN),
                    pre_close: number_at(pre_closes, row),
                    vendor_factor: number_at(factors, row),
                    counts: counts(date, &source),
                    source,
                    ingested_at: arrow_rows::moment_at(ingested, row),
                });
            }
        }
        let precedes = |a: &Bar, b: &Bar| {
            let rank = |bar: &Bar| SourcePolicy::place(order, &bar.source);
            a.date.cmp(&b.date).then_with(|| rank(a).cmp(&rank(b))).then_with(|| a.source.cmp(&b.source))
        };
        if !bars.is_sorted_by(|a, b| a.date < b.date) {
            bars.sort_by(precedes);
        }
        Ok(bars)
    }

    /// The corporate actions that count.
    pub(super) fn events(&self, code: Code, order: &[String]) -> Result<Events, WarehouseError> {
        let mut events: Vec<(String, CorporateAction)> = Vec::new();
        for batch in &self.events {
            let columns = Columns::of(batch);
            let (days, sources) = (columns.dates(1)?, columns.texts(2)?);
            let numbers = [columns.numbers(3)?, columns.numbers(4)?, columns.numbers(5)?, columns.numbers(6)?];
            for row in 0..columns.rows() {
                let [cash_per_10, bonus_per_10, rights_per_10, rights_price] =
                    numbers.map(|column| number_at(column, row).unwrap_or(0.0));
                let ex_date = self.dates.date(days.value(row));
                let action = CorporateAction {
                    code,
                    ex_date,
                    announced: None,
                    cash_per_10,
                    bonus_per_10,
                    rights_per_10,
                    rights_price,
                };
                events.push((sources.value(row).to_owned(), action));
            }
        }
        Ok(Events::choose(events, order))
    }

    /// What was curated before.
    pub(super) fn stored(&mut self) -> Result<Stored, WarehouseError> {
        let mut stored = Stored::default();
        for (batches, in_base) in [(&self.curated, true), (&self.curated_in_tail, false)] {
            for batch in batches {
                let columns = Columns::of(batch);
                let (dates, sources, closes) = (columns.dates(1)?, columns.texts(2)?, columns.numbers(3)?);
                for row in 0..columns.rows() {
                    let day = self.dates.date(dates.value(row));
                    stored.rows.insert(day, (self.names.get(sources.value(row)), closes.value(row)));
                    stored.sealed.extend(in_base.then_some(day));
                }
            }
        }
        Ok(stored)
    }

    /// PE and PB by day, of the best source of each day by `place`.
    pub(super) fn figures(&self, place: impl Fn(&str) -> usize) -> Result<Vec<Figures>, WarehouseError> {
        let mut rows = Vec::new();
        for batch in &self.figures {
            let columns = Columns::of(batch);
            let (dates, sources) = (columns.dates(1)?, columns.texts(4)?);
            let (pe, pb) = (columns.numbers(2)?, columns.numbers(3)?);
            for row in 0..columns.rows() {
                let source = sources.value(row);
                let rank = (place(source), source);
                let day = self.dates.date(dates.value(row));
                rows.push((day, rank, number_at(pe, row), number_at(pb, row)));
            }
        }
        rows.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
        rows.dedup_by_key(|row| row.0);
        Ok(rows.into_iter().map(|(day, _, pe, pb)| (day, pe, pb)).collect())
    }
}
