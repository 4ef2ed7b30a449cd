//! Every code's history, one after the other.

use std::collections::{BTreeSet, HashMap};

use chrono::NaiveDate;
use duckdb::Connection;
use market_model::{Board, Code, InstrumentKind};
use quality_rules::{Days, History};

use super::{
    Sources,
    codes::{BARS_AT_ONCE, CodeRange, range_sql},
    curated::CuratedSet,
    events,
    intervals::{self, Interval},
    limits::{LimitSet, LimitSources},
    rows::{Part, RowSet},
    spans::Span,
};
use crate::{Generation, WarehouseError};

/// What of a code is handed to the rules.
type Each<'a> = &'a mut dyn FnMut(&History<'_>) -> Result<(), WarehouseError>;

impl Generation {
    /// Calls `each` for the history of every instrument and every code with rows, ascending by code; only for those in `codes`,
    /// if given. Where only some days are wanted, a history holds what [`History`] promises about these, and may hold more; of
    /// a code that has neither a bar nor a row on any of them, rows of earlier days may be absent: nothing is there to compare.
    ///
    /// It may take minutes, is under no time limit, and ends with the first error of `each`. Memory stays flat: some tens of
    /// megabytes beside DuckDB's own. Every call plans some queries and opens a connection of its own, so that several threads
    /// may each scan a range of [`Generation::code_chunks`].
    ///
    /// # Errors
    /// Those of `each`, `Damaged` and others of the files.
    pub fn scan_histories(
        &self,
        days: Days<'_>,
        codes: Option<CodeRange>,
        each: Each<'_>,
    ) -> Result<(), WarehouseError> {
        self.scan_portions(days, codes.unwrap_or_default(), BARS_AT_ONCE, each)
    }

    /// [`Generation::scan_histories`], about `at_once` bars at a time.
    pub(in crate::reader) fn scan_portions(
        &self,
        days: Days<'_>,
        codes: CodeRange,
        at_once: usize,
        each: Each<'_>,
    ) -> Result<(), WarehouseError> {
        let spans = Span::of(days);
        if spans.is_empty() {
            return Ok(());
        }
        let conn = self.database.connect()?;
        let scan = Scan {
            generation: self,
            sources: self.sources(&conn)?,
            base_last: self.base_last_day(&conn)?,
            conn: &conn,
        };
        for (range, known) in self.portions(codes, &spans, at_once) {
            scan.portion(&range, known, &spans, each)?;
        }
        Ok(())
    }
}

/// A scan under way.
struct Scan<'a> {
    generation: &'a Generation,
    conn: &'a Connection,
    sources: &'a Sources,
    /// The last day of the base's rows.
    base_last: Option<NaiveDate>,
}

impl<'a> Scan<'a> {
    /// Reads the codes of `range`, `known` among them, and hands them over.
    fn portion(
        &self,
        range: &CodeRange,
        known: Vec<Code>,
        spans: &[Span],
        each: Each<'_>,
    ) -> Result<(), WarehouseError> {
        let Generation { store, instruments, days, files, .. } = self.generation;
        let tail = files.tail.name();
        let last = spans.last().map_or(NaiveDate::MAX, |span| span.last);
        let unmapped = store.load_unmapped(self.conn, range, last)?;
        let mut curated = CuratedSet::load(store, &unmapped, &known, spans, self.sources)?;
        drop(unmapped);
        let mut rows = self.rows(range, &curated, spans)?;
        let mut limits = self.limits(range, spans)?;
        let actions = events::actions(self.conn, tail, range, self.sources)?;
        let names = events::names(self.conn, tail, range)?;
        // A code may have rows without being served or listed.
        let all: BTreeSet<Code> = known.into_iter().chain(rows.codes().copied()).collect();
        for code in all {
            let instrument = instruments.get(&code);
            // Of what nobody says what it is, least is demanded: as of an index.
            let kind = || InstrumentKind::of_code(&code).unwrap_or(InstrumentKind::Index);
            each(&History {
                code,
                kind: instrument.map_or_else(kind, |instrument| instrument.kind),
                board: instrument.and_then(|instrument| instrument.board).or_else(|| Board::of_code(&code)),
                listed: instrument.and_then(|instrument| instrument.listed),
                delisted: instrument.and_then(|instrument| instrument.delisted),
                names: names.get(&code).map_or(&[], Vec::as_slice),
                rows: &rows.take(&code),
                curated: &curated.take(&code),
                actions: actions.get(&code).map_or(&[], Vec::as_slice),
                suspended: days.suspended(&code),
                limits: &limits.take(&code),
            })?;
        }
        Ok(())
    }

    /// The rows of the codes of `range` in `spans`, from the last bar before each span on.
    ///
    /// Most codes have that bar on the same day, which is read for all of them. Of the others (that were suspended, or do not
    /// trade on the mainland's days) the rows before are read code by code, if there is something to compare them with.
    fn rows(&self, range: &CodeRange, curated: &CuratedSet, spans: &[Span]) -> Result<RowSet<'a>, WarehouseError> {
        let mut rows = RowSet::new(self.sources, self.generation.store.day_table());
        let mut loaded: Vec<Interval> = Vec::new();
        for (span, before) in spans.iter().zip(&curated.before) {
            let wanted = (usual(before).unwrap_or(span.first), span.last);
            for interval in intervals::missing(vec![wanted], &loaded) {
                self.add(&mut rows, &range_sql(range), interval)?;
            }
            loaded.push(wanted);
        }
        for (code, wanted) in late(&rows, curated, spans, &loaded) {
            for interval in intervals::missing(wanted, &loaded) {
                self.add(&mut rows, &format!("code = '{code}' AND "), interval)?;
            }
        }
        Ok(rows)
    }

    fn add(&self, rows: &mut RowSet<'_>, codes: &str, interval: Interval) -> Result<(), WarehouseError> {
        for part in self.parts(interval) {
            rows.add(self.conn, part, codes, interval)?;
        }
        Ok(())
    }

    /// The published limits of the codes of `range` in `spans`.
    fn limits(&self, range: &CodeRange, spans: &[Span]) -> Result<LimitSet, WarehouseError> {
        let mut limits = LimitSet::default();
        let mut sources = LimitSources::new(self.sources);
        let days = self.generation.store.day_table();
        for span in spans {
            let interval = (span.first, span.last);
            for part in self.parts(interval) {
                limits.add(self.conn, part, &range_sql(range), interval, (&mut sources, days))?;
            }
        }
        Ok(limits)
    }

    /// The files that may have rows on the days of `interval`, the base first.
    fn parts(&self, interval: Interval) -> impl Iterator<Item = (Part, &'a str)> + use<'a> {
        let files = &self.generation.files;
        let base = files.base.as_ref().filter(|_| self.base_last.is_some_and(|last| interval.0 <= last));
        base.map(|base| (Part::Base, base.name())).into_iter().chain([(Part::Tail, files.tail.name())])
    }
}

/// The day on which most codes have their last bar; the later of two.
fn usual(before: &[(Code, NaiveDate)]) -> Option<NaiveDate> {
    let mut counts: HashMap<NaiveDate, usize> = HashMap::new();
    for (_, date) in before {
        *counts.entry(*date).or_default() += 1;
    }
    counts.into_iter().max_by_key(|(date, count)| (*count, *date)).map(|(date, _)| date)
}

/// The codes whose last bar before a span is older than what is `loaded` of it, with the days that are wanted of each.
fn late(rows: &RowSet<'_>, curated: &CuratedSet, spans: &[Span], loaded: &[Interval]) -> Vec<(Code, Vec<Interval>)> {
    let mut late: HashMap<Code, Vec<Interval>> = HashMap::new();
    for ((span, before), (from, _)) in spans.iter().zip(&curated.before).zip(loaded) {
        let judged = (span.first, span.last);
        for (code, date) in before.iter().filter(|(_, date)| date < from) {
            if rows.has_rows(code, judged) || curated.has_bars(code, judged) {
                late.entry(*code).or_default().push((*date, from.pred_opt().unwrap_or(*from)));
            }
        }
    }
    late.into_iter().collect()
}
