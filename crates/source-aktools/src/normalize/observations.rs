//! A table → observations of its series.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::NaiveDate;
use market_model::MacroObservation;

use super::{
    BadCell,
    bad_cell::{cell, figure},
    financing,
};
use crate::{AktoolsError, Fetched, RejectedRow, Row, SeriesSpec, cache::Answer, cell::Cell};

/// The figures of `series`, all of one function, out of its answer of `today` (Shanghai).
///
/// Left out without a word: rows whose figure is null, which are releases to come or the time before a series began.
/// Refused: figures that are not numbers, rows whose period cannot be read, figures published after `today`, and
/// figures that stand twice for the same period and publication but differ.
///
/// # Errors
/// [`AktoolsError::NoData`] for an empty table, [`AktoolsError::ColumnsChanged`], [`AktoolsError::ColumnsMislabelled`].
pub(crate) fn observations(
    answer: &Answer,
    series: &[&SeriesSpec],
    today: NaiveDate,
) -> Result<Fetched<MacroObservation>, AktoolsError> {
    let (table, page) = (&answer.table, &answer.page);
    let function = page.dataset;
    if table.rows.is_empty() {
        return Err(AktoolsError::NoData { function, pages: vec![page.clone()] });
    }
    let mut wanted: Vec<&str> = Vec::new();
    for column in series.iter().flat_map(|spec| spec.columns()) {
        if !wanted.contains(&column) {
            wanted.push(column);
        }
    }
    let missing = table.missing(wanted);
    if !missing.is_empty() {
        return Err(AktoolsError::ColumnsChanged { function, missing, pages: vec![page.clone()] });
    }
    if let Some(reason) = financing::mislabelled(function, table) {
        return Err(AktoolsError::ColumnsMislabelled { function, reason, pages: vec![page.clone()] });
    }

    let mut set = Set::new(function);
    for (number, row) in (0..).zip(&table.rows) {
        match row {
            Ok(row) => series.iter().for_each(|spec| set.add(number, observation(spec, row, today))),
            Err(malformed) => {
                let reason = "the item is not an object".to_owned();
                set.reject(number, BadCell { reason, value: malformed.text.clone() });
            }
        }
    }
    let fetched = set.finish(page.clone());
    for spec in series {
        if !fetched.rows.iter().any(|row| row.value.series == spec.name) {
            tracing::warn!(aktools.function = function, series = spec.name, "the answer has no figure of this series");
        }
    }
    Ok(fetched)
}

/// The figure of one row; `None` where there is none yet.
fn observation(
    spec: &SeriesSpec,
    row: &BTreeMap<Box<str>, Cell>,
    today: NaiveDate,
) -> Result<Option<MacroObservation>, BadCell> {
    let Some(value) = figure(row, spec.column, 0)? else { return Ok(None) };
    let when = spec.when(|column| cell(row, column))?;
    let known_on = when.published.unwrap_or(when.period);
    // A table without publication days may print a month on its last day; nothing is known further ahead than that.
    if known_on > today && (when.published.is_some() || !is_running(when.period, today)) {
        return Err(BadCell {
            reason: format!("{} has a figure for {known_on}, which is still to come", spec.column),
            value: cell(row, spec.column).as_str().to_owned(),
        });
    }
    Ok(Some(MacroObservation {
        series: spec.name.to_owned(),
        period: when.period,
        published: when.published,
        value,
        unit: spec.unit.to_owned(),
        consensus: optional(row, spec.consensus)?,
        previous: optional(row, spec.previous)?,
    }))
}

/// Whether `today` lies in the month that ends with `period`.
fn is_running(period: NaiveDate, today: NaiveDate) -> bool {
    use chrono::Datelike;
    (period.year(), period.month()) == (today.year(), today.month())
}

fn optional(row: &BTreeMap<Box<str>, Cell>, column: Option<&'static str>) -> Result<Option<f64>, BadCell> {
    column.map_or(Ok(None), |column| figure(row, column, 0))
}

/// The observations so far, by what identifies them.
struct Set {
    function: &'static str,
    rows: Vec<Row<MacroObservation>>,
    index: HashMap<(String, NaiveDate, Option<NaiveDate>), usize>,
    /// Indexes into `rows` of figures that stand twice and differ: nothing says which is right.
    contested: HashSet<usize>,
    rejected: Vec<RejectedRow>,
}

impl Set {
    fn new(function: &'static str) -> Self {
        let (index, contested) = (HashMap::new(), HashSet::new());
        Self { function, rows: Vec::new(), index, contested, rejected: Vec::new() }
    }

    fn add(&mut self, row: u32, observation: Result<Option<MacroObservation>, BadCell>) {
        let value = match observation {
            Ok(Some(value)) => value,
            Ok(None) => return,
            Err(bad) => return self.reject(row, bad),
        };
        let key = (value.series.clone(), value.period, value.published);
        match self.index.get(&key) {
            None => {
                self.index.insert(key, self.rows.len());
                self.rows.push(Row { value, page: 0, row });
            }
            Some(&first) if self.rows[first].value == value => {}
            Some(&first) => {
                self.contested.insert(first);
                self.reject(row, contested(&value));
            }
        }
    }

    fn reject(&mut self, row: u32, BadCell { reason, value }: BadCell) {
        // One bad date spoils every series of its row; it is told once.
        let told = |earlier: &RejectedRow| earlier.row == row && earlier.reason == reason;
        if !self.rejected.iter().rev().take_while(|earlier| earlier.row == row).any(told) {
            self.rejected.push(RejectedRow { dataset: self.function, page: 0, row, reason, value });
        }
    }

    fn finish(mut self, page: crate::RawPage) -> Fetched<MacroObservation> {
        let mut rows = Vec::with_capacity(self.rows.len());
        for (index, row) in std::mem::take(&mut self.rows).into_iter().enumerate() {
            if self.contested.contains(&index) {
                self.reject(row.row, contested(&row.value));
            } else {
                rows.push(row);
            }
        }
        self.rejected.sort_by_key(|rejected| rejected.row);
        Fetched { rows, rejected: self.rejected, pages: vec![page], suspect_rows: 0 }
    }
}

fn contested(value: &MacroObservation) -> BadCell {
    let reason = format!("the answer holds differing figures of {} for {}", value.series, value.period);
    BadCell { reason, value: value.value.to_string() }
}

#[cfg(test)]
mod tests;
