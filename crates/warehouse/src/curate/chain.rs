//! Which bar of each day becomes the curated row, and with which factor: a pure function of one code's bars and events.

use std::sync::Arc;

use chrono::NaiveDate;
use market_model::{Code, FactorBasis, InstrumentKind};
use serde_json::json;

use super::{
    Bar, CuratedRow, Events, Point,
    finding::{Check, Finding},
    step::{Before, Known},
};
use crate::is_whole_market;

/// The last curated bar before a chain is taken up.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Previous {
    pub(crate) point: Point,
    /// Whose bar it is.
    pub(crate) source: Arc<str>,
    /// What every source says of its day.
    pub(crate) known: Vec<Known>,
}

/// Where a chain is taken up.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Start {
    /// After an earlier bar.
    After(Previous),
    /// At the code's first bar.
    First {
        /// The listing day, where known.
        listed: Option<NaiveDate>,
    },
}

/// One code's bars from a day on, and what else decides its curated rows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Series<'a> {
    pub(crate) code: Code,
    pub(crate) start: &'a Start,
    /// Every source's bars: ascending by day, within a day the best source's first.
    pub(crate) bars: &'a [Bar],
    pub(crate) events: &'a Events,
    /// The days, ascending, whose row is in the base and so cannot be withdrawn.
    pub(crate) sealed: &'a [NaiveDate],
}

/// What follows.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Chained {
    /// Ascending by day.
    pub(crate) rows: Vec<CuratedRow>,
    /// Ascending by day.
    pub(crate) findings: Vec<Finding>,
}

/// Chooses a bar for each day and chains the factor. `gap_unknown(a, b)` says whether a trading day of the whole market
/// between the bars of `a` and `b` is missing; it is not asked about codes whose days are not judged.
///
/// Of each day the first bar that continues the series counts, in the order of the sources. A day none of whose bars does
/// has no row: a finding says so.
pub(crate) fn chain(series: &Series<'_>, mut gap_unknown: impl FnMut(NaiveDate, NaiveDate) -> bool) -> Chained {
    let mut before = match series.start {
        Start::After(previous) => Some(previous.before()),
        Start::First { .. } => None,
    };
    let Some(basis) = series.basis() else { return Chained::default() };
    let (is_index, is_judged) = (kind_is_index(&series.code), is_whole_market(&series.code));
    let mut chained = Chained { rows: Vec::with_capacity(series.bars.len()), findings: Vec::new() };
    let mut is_interrupted = false;
    for day in series.bars.chunk_by(|a, b| a.date == b.date) {
        let mut candidates = day.iter().filter(|bar| bar.counts);
        let Some(best) = candidates.clone().next() else { continue };
        let (bar, factor) = match before {
            None => (best, 1.0),
            Some(before) => {
                let bar = candidates.find(|bar| before.is_continued_by(bar, series.events));
                if bar.is_none() {
                    chained.findings.push(seam(series.code, day, before));
                }
                let Some(bar) = bar.or_else(|| series.is_sealed(best.date).then_some(best)) else {
                    is_interrupted = true;
                    continue;
                };
                let gap = is_interrupted || is_judged && gap_unknown(before.date, bar.date);
                // An index has no events: a reference that is not the close before it belongs to another day.
                let step = if is_index { 1.0 } else { before.step(bar, series.events, gap) };
                if !is_index {
                    chained.findings.extend(disagreements(series.code, day, before, step, gap));
                    let by_events = before.growth_by_events(bar.date, series.events, step).filter(|_| !gap);
                    chained
                        .findings
                        .extend(by_events.map(|theirs| ignored_event(series.code, bar, before, step, theirs)));
                }
                (bar, before.factor * step)
            }
        };
        is_interrupted = false;
        before = Some(Before { date: bar.date, close: bar.raw[3], factor, source: &bar.source, known: &[], bars: day });
        chained.rows.push(row(series.code, bar, factor, basis));
    }
    chained
}

impl Previous {
    fn before(&self) -> Before<'_> {
        let Point { date, raw_close, factor, .. } = self.point;
        Before { date, close: raw_close, factor, source: &self.source, known: &self.known, bars: &[] }
    }
}

impl Series<'_> {
    /// The factor's basis; `None` if there is no bar to take up the chain with.
    fn basis(&self) -> Option<FactorBasis> {
        match self.start {
            Start::After(previous) => Some(previous.point.basis),
            Start::First { listed } => {
                let first = self.bars.iter().find(|bar| bar.counts)?;
                Some(FactorBasis::of(first.date, *listed))
            }
        }
    }

    fn is_sealed(&self, day: NaiveDate) -> bool {
        self.sealed.binary_search(&day).is_ok()
    }
}

fn row(code: Code, bar: &Bar, factor: f64, basis: FactorBasis) -> CuratedRow {
    CuratedRow {
        code,
        date: bar.date,
        raw: bar.raw,
        volume: bar.volume,
        amount: bar.amount,
        factor,
        source: Arc::clone(&bar.source),
        ingested_at: bar.ingested_at,
        basis,
    }
}

fn kind_is_index(code: &Code) -> bool {
    InstrumentKind::of_code(code) == Some(InstrumentKind::Index)
}

fn seam(code: Code, day: &[Bar], before: Before<'_>) -> Finding {
    let refused: Vec<_> = day.iter().filter(|bar| bar.counts).collect();
    let names: Vec<&str> = refused.iter().map(|bar| &*bar.source).collect();
    let figures =
        refused.iter().map(|bar| json!({"source": &*bar.source, "pre_close": bar.pre_close, "close": bar.raw[3]}));
    Finding {
        check: Check::SourceSeam,
        code,
        date: refused.first().map_or(before.date, |bar| bar.date),
        subject: String::new(),
        message: format!(
            "no bar of {} continues the series that ends on {} with {} from {}",
            names.join(", "),
            before.date,
            before.close,
            before.source
        ),
        details: json!({
            "before": {"source": &**before.source, "trade_date": before.date, "close": before.close},
            "refused": figures.collect::<Vec<_>>(),
        }),
    }
}

fn disagreements<'a>(
    code: Code,
    day: &'a [Bar],
    before: Before<'a>,
    step: f64,
    gap_unknown: bool,
) -> impl Iterator<Item = Finding> {
    let since = before.date;
    let date = day.first().map_or(since, |bar| bar.date);
    before.disagreements(day, step, gap_unknown).map(move |found| Finding {
        check: Check::FactorDisagrees,
        code,
        date,
        subject: (**found.vendor).to_owned(),
        message: format!(
            "since {since} the factor grows by {}, that of {} by {}",
            found.derived, found.vendor, found.theirs
        ),
        details: json!({"source": &**found.vendor, "since": since, "derived": found.derived, "vendor": found.theirs}),
    })
}

/// The corporate actions mean another factor than the reference price that the chosen bar starts from.
fn ignored_event(code: Code, bar: &Bar, before: Before<'_>, step: f64, theirs: f64) -> Finding {
    let (since, subject) = (before.date, "corporate_action");
    Finding {
        check: Check::FactorDisagrees,
        code,
        date: bar.date,
        subject: subject.to_owned(),
        message: format!("since {since} the factor grows by {step}, by the corporate actions it would by {theirs}"),
        details: json!({"source": subject, "since": since, "derived": step, "vendor": theirs}),
    }
}

#[cfg(test)]
mod tests;
