//! The second pass: what is curated from the merged rows, code by code, with the rules of an ordinary commit.

mod outlet;
mod parts;

use std::{collections::HashMap, sync::Arc, thread};

use chrono::{DateTime, NaiveDate, Utc};
use duckdb::Connection;
use market_model::Code;

use self::{
    outlet::Outlet,
    parts::{Parts, Stored},
};
use super::cursor::Cursor;
use crate::{
    SeriesSummary, SourcePolicy, WarehouseError, WriterOptions, arrow_rows,
    base::{NEXT, NextBase},
    compact::{Moving, fresh_tail::FRESH},
    curate::{self, Context, CuratedRow, Finding, MarketDays, Replacements, Series, Start, chain},
    is_whole_market,
    manifest::TableSum,
    writer::{BASE, Session},
};

/// Findings are brought up to date for so many codes at a time.
const CODES_AT_ONCE: usize = 500;

/// What is needed beside the database.
#[derive(Clone, Copy)]
pub(super) struct Setting<'a> {
    pub(super) session: &'a Session,
    pub(super) next: &'a NextBase,
    pub(super) options: &'a WriterOptions,
    pub(super) now: DateTime<Utc>,
    /// Which of the tail's rows are in the next base; the others are read where they are.
    pub(super) moving: Moving<'a>,
}

/// What was written.
pub(super) struct Curated {
    pub(super) series: SeriesSummary,
    /// Number and hash of the rows of `curated_daily`.
    pub(super) sum: TableSum,
}

/// Fills the curated table of the next base, its helpers and its series file, and the features and findings of the new
/// tail, whose database is `tail`'s main one.
pub(super) fn curate(setting: Setting<'_>, tail: &Connection) -> Result<Curated, WarehouseError> {
    let Setting { session, options, now, .. } = setting;
    let days = MarketDays::load(tail)?;
    let feature_floor = session.feature_floor()?;
    let context = Context { conn: tail, base: None, options, feature_floor, now };
    let first_feature_day = days.first_feature_day(context);
    let listed = listed(tail)?;
    let readers = (0..7).map(|_| session.conn.try_clone()).collect::<Result<Vec<_>, _>>()?;
    let mut sources = Sources::open(setting, &readers, first_feature_day)?;
    tail.execute_batch("BEGIN")?;
    let (series, sum) = thread::scope(|scope| {
        let mut outlet = Outlet::open(scope, setting)?;
        let mut log = Log { tail, now, scope: Vec::new(), findings: Vec::new(), replacements: Replacements::new() };
        let mut parts = Parts::new();
        while let Some(code) = sources.next(&mut parts)? {
            let order = options.source_policy.for_code(&code);
            let is_judged = is_whole_market(&code);
            let counts =
                |day, source: &str| !is_judged || days.sources(day).is_some_and(|known| known.contains(source));
            let bars = parts.bars(order, counts)?;
            let events = parts.events(code, &options.source_policy.corporate_action)?;
            let stored = parts.stored()?;
            let start = Start::First { listed: listed.get(&code).copied() };
            let series = Series { code, start: &start, bars: &bars, events: &events, sealed: &stored.sealed };
            let chained = chain(&series, |before, after| days.gap_unknown(before, after));
            log.note(code, chained.findings, &stored, &chained.rows)?;
            if let Some(first) = first_feature_day {
                let figures = parts.figures(|source| SourcePolicy::place(order, source))?;
                outlet.push_features(&curate::feature_rows(&[], &chained.rows, &figures, first))?;
            }
            outlet.push(code, chained.rows, &bars)?;
        }
        log.finish()?;
        outlet.finish()
    })?;
    tail.execute_batch("COMMIT")?;
    Ok(Curated { series, sum })
}

/// The cursors that everything about a code is read through.
struct Sources<'c> {
    bars: Cursor<'c>,
    /// Bars that stay in the tail.
    staying: Cursor<'c>,
    events: Cursor<'c>,
    curated: Option<Cursor<'c>>,
    curated_in_tail: Cursor<'c>,
    figures: Option<[Cursor<'c>; 2]>,
}

impl<'c> Sources<'c> {
    fn open(
        setting: Setting<'_>,
        readers: &'c [Connection],
        first_feature_day: Option<NaiveDate>,
    ) -> Result<Self, WarehouseError> {
        let [a, b, c, d, e, f, g] = readers else {
            return Err(WarehouseError::Other("seven connections are needed".to_owned()));
        };
        let staying = |name: &str| format!("FROM {name} x WHERE NOT ({})", setting.moving.rows_of(name));
        let bars =
            "code, trade_date, open, high, low, close, volume, amount, pre_close, adj_factor, source, ingested_at";
        let curated = "code, trade_date, source, raw_close";
        let figures = |day: NaiveDate| -> Result<[Cursor<'c>; 2], WarehouseError> {
            let columns = "code, trade_date, pe_ttm, pb, source";
            let name = "normalized_daily_basic";
            Ok([
                Cursor::open(f, &format!("SELECT {columns} FROM {NEXT}.{name} WHERE trade_date >= DATE '{day}'"))?,
                Cursor::open(
                    g,
                    &format!("SELECT {columns} {} AND trade_date >= DATE '{day}' ORDER BY code", staying(name)),
                )?,
            ])
        };
        let in_base = setting.session.base.is_some();
        Ok(Self {
            bars: Cursor::open(a, &format!("SELECT {bars} FROM {NEXT}.normalized_daily"))?,
            staying: Cursor::open(b, &format!("SELECT {bars} {} ORDER BY code", staying("normalized_daily")))?,
            events: Cursor::open(
                c,
                &format!(
                    "SELECT code, ex_date, source, cash_per_10, bonus_per_10, rights_per_10, rights_price
                     FROM {FRESH}.corporate_action ORDER BY code"
                ),
            )?,
            curated: in_base
                .then(|| Cursor::open(d, &format!("SELECT {curated} FROM {BASE}.curated_daily")))
                .transpose()?,
            curated_in_tail: Cursor::open(
                e,
                &format!("SELECT {curated} FROM curated_daily ORDER BY code, trade_date"),
            )?,
            figures: first_feature_day.map(figures).transpose()?,
        })
    }

    /// Reads everything about the next code that has bars.
    fn next(&mut self, parts: &mut Parts) -> Result<Option<Code>, WarehouseError> {
        let (bars, staying) = (self.bars.code(), self.staying.code());
        let Some(text) = bars.into_iter().chain(staying).min() else { return Ok(None) };
        let code = arrow_rows::parse_code(text)?;
        let text = code.as_str();
        parts.clear();
        self.bars.take(text, &mut parts.bars)?;
        self.staying.take(text, &mut parts.bars)?;
        self.events.take_up_to(text, &mut parts.events)?;
        if let Some(cursor) = &mut self.curated {
            cursor.take_up_to(text, &mut parts.curated)?;
        }
        self.curated_in_tail.take_up_to(text, &mut parts.curated_in_tail)?;
        for cursor in self.figures.iter_mut().flatten() {
            cursor.take_up_to(text, &mut parts.figures)?;
        }
        Ok(Some(code))
    }
}

/// What is noticed, on its way into the quality log.
struct Log<'a> {
    tail: &'a Connection,
    now: DateTime<Utc>,
    scope: Vec<(Code, NaiveDate)>,
    findings: Vec<Finding>,
    replacements: Replacements,
}

impl Log<'_> {
    fn note(
        &mut self,
        code: Code,
        findings: Vec<Finding>,
        stored: &Stored,
        rows: &[CuratedRow],
    ) -> Result<(), WarehouseError> {
        self.scope.push((code, NaiveDate::MIN));
        self.findings.extend(findings);
        for (row, (source, close)) in rows.iter().filter_map(|row| Some((row, stored.rows.get(&row.date)?))) {
            if row.source != *source {
                let key = (row.date, Arc::clone(source), Arc::clone(&row.source));
                let replaced = self.replacements.entry(key).or_default();
                replaced.rows += 1;
                replaced.other_close += u64::from(row.raw[3].to_bits() != close.to_bits());
            }
        }
        if self.scope.len() < CODES_AT_ONCE { Ok(()) } else { self.flush() }
    }

    fn flush(&mut self) -> Result<(), WarehouseError> {
        curate::sync_findings(self.tail, &self.scope, &self.findings, self.now)?;
        self.scope.clear();
        self.findings.clear();
        Ok(())
    }

    fn finish(mut self) -> Result<(), WarehouseError> {
        self.flush()?;
        curate::log_replaced(self.tail, &self.replacements, self.now)
    }
}

/// The listing day of every instrument that has one.
fn listed(conn: &Connection) -> Result<HashMap<Code, NaiveDate>, WarehouseError> {
    let mut listed = HashMap::new();
    arrow_rows::query(conn, "SELECT code, listed FROM instrument WHERE listed IS NOT NULL", [], |columns| {
        let (codes, days) = (columns.texts(0)?, columns.dates(1)?);
        for row in 0..columns.rows() {
            listed.insert(arrow_rows::parse_code(codes.value(row))?, arrow_rows::date_of(days.value(row)));
        }
        Ok(())
    })?;
    Ok(listed)
}
