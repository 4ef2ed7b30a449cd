//! Where a generation's curated bars come from: the mapped base, the tail in memory, and DuckDB for what of these two is
//! not there.

mod look_back;

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use chrono::NaiveDate;
use duckdb::Connection;
use market_model::{Code, FactorBasis};

use super::{
    Anchor, Bar, DayTable,
    curated_scan::{CuratedRow, scan_curated},
    database::{Attached, Database},
    overlay::{Overlay, TailBars},
    sources::SourceNames,
};
use crate::{WarehouseError, series::SeriesFile};

pub(crate) use look_back::Unmapped;

/// How the base's bars are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SeriesState {
    /// There is no base yet: all bars are in the tail.
    NoBase,
    /// From the mapped series file.
    Mapped,
    /// The series file is absent or damaged: DuckDB answers, slower, for the codes concerned.
    Degraded {
        /// What is wrong with it.
        detail: String,
    },
}

/// The curated bars of one generation.
pub(crate) struct BarStore {
    database: Arc<Database>,
    tail: String,
    base: Option<Base>,
    /// `None` if the tail is too large to be kept in memory.
    overlay: Option<Overlay>,
    /// The last bars of the codes that neither the series file nor the overlay lists.
    queried: HashMap<Code, Anchor>,
    days: DayTable,
    sources: SourceNames,
}

struct Base {
    name: String,
    series: Result<Arc<SeriesFile>, String>,
}

impl BarStore {
    /// Prepares the bars of `tail` over `base`. `series` is the base's opened file, or why there is none.
    pub(crate) fn load(
        database: &Arc<Database>,
        tail: &Attached,
        base: Option<(&Attached, Result<Arc<SeriesFile>, String>)>,
        tail_rows_max: u64,
    ) -> Result<Self, WarehouseError> {
        let days = DayTable::new();
        let base = base.map(|(base, series)| Base { name: base.name().to_owned(), series });
        let mut sources = match &base {
            Some(Base { series: Ok(series), .. }) => SourceNames::starting_with(series.sources()),
            _ => SourceNames::default(),
        };
        let tail = tail.name().to_owned();
        let table = format!("{tail}.curated_daily");
        let mut queried = HashMap::new();
        let overlay = database.query(|conn, _| {
            if let Some(Base { name, series: Err(_) }) = &base {
                query_last(conn, &format!("{name}.curated_daily"), &mut sources, &mut queried)?;
            }
            let rows: u64 = conn.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0))?;
            if rows > tail_rows_max {
                query_last(conn, &table, &mut sources, &mut queried)?;
                return Ok(None);
            }
            Overlay::load(conn, &table, &days, &mut sources).map(Some)
        })?;
        Ok(Self { database: Arc::clone(database), tail, base, overlay, queried, days, sources })
    }

    /// Appends the bars of `code` in `[from, to]` to `out`, ascending; where both have a day, the tail's bar counts.
    pub(crate) fn bars(
        &self,
        code: &Code,
        from: NaiveDate,
        to: NaiveDate,
        out: &mut Vec<Bar>,
    ) -> Result<(), WarehouseError> {
        if from > to {
            return Ok(());
        }
        let start = out.len();
        self.push_base(code, from, to, out)?;
        match &self.overlay {
            Some(overlay) => {
                if let Some(tail) = overlay.get(code) {
                    merge(out, start, tail.range(from, to));
                }
            }
            None => merge(out, start, &self.query(&self.tail, code, from, to)?),
        }
        Ok(())
    }

    /// The days in `[from, to]` with a bar of `code`, ascending. Cheaper than the bars.
    pub(crate) fn dates(&self, code: &Code, from: NaiveDate, to: NaiveDate) -> Result<Vec<NaiveDate>, WarehouseError> {
        let mut dates = Vec::new();
        let series = match &self.base {
            Some(Base { series, .. }) => series.as_ref().ok().and_then(|series| series.block(code).ok()),
            None => Some(None),
        };
        let (Some(block), Some(overlay), true) = (series, &self.overlay, from <= to) else {
            let mut bars = Vec::new();
            self.bars(code, from, to, &mut bars)?;
            return Ok(bars.iter().map(|bar| bar.date).collect());
        };
        if let Some(block) = block {
            let range = block.range(from.to_epoch_days(), to.to_epoch_days());
            dates.extend(block.days[range].iter().map(|day| self.days.date(*day)));
        }
        let tail = overlay.get(code).map_or(&[][..], |tail| tail.range(from, to));
        let in_order = dates.last().zip(tail.first()).is_none_or(|(last, first)| *last < first.date);
        dates.extend(tail.iter().map(|bar| bar.date));
        if !in_order {
            dates.sort_unstable();
            dates.dedup();
        }
        Ok(dates)
    }

    /// The last bar of `code`.
    pub(crate) fn anchor(&self, code: &Code) -> Option<Anchor> {
        let in_tail = self.overlay.as_ref().and_then(|overlay| overlay.get(code)).and_then(TailBars::anchor);
        let in_series = match &self.base {
            Some(Base { series: Ok(series), .. }) => series.last(code).map(|(day, factor, basis)| {
                let date = self.days.date(day);
                Anchor { date, factor, basis }
            }),
            _ => None,
        };
        let queried = self.queried.get(code).copied();
        // The tail comes last: of two bars of the same day, the last of the greatest counts.
        [queried, in_series, in_tail].into_iter().flatten().max_by_key(|anchor| anchor.date)
    }

    /// The first day with a bar of `code`.
    pub(crate) fn first_date(&self, code: &Code) -> Result<Option<NaiveDate>, WarehouseError> {
        if !self.contains(code) {
            return Ok(None);
        }
        let in_series = match &self.base {
            Some(Base { series: Ok(series), .. }) => series.block(code).ok().flatten(),
            _ => None,
        };
        if let (Some(block), Some(overlay)) = (in_series, &self.overlay) {
            let first = block.days.first().map(|day| self.days.date(*day));
            let in_tail = overlay.get(code).and_then(|tail| tail.bars.first()).map(|bar| bar.date);
            return Ok(first.into_iter().chain(in_tail).min());
        }
        let mut bars = Vec::new();
        self.bars(code, NaiveDate::MIN, NaiveDate::MAX, &mut bars)?;
        Ok(bars.first().map(|bar| bar.date))
    }

    /// Whether there is any bar of `code`.
    pub(crate) fn contains(&self, code: &Code) -> bool {
        let in_series = || match &self.base {
            Some(Base { series: Ok(series), .. }) => series.contains(code),
            _ => false,
        };
        in_series()
            || self.overlay.as_ref().is_some_and(|overlay| overlay.get(code).is_some())
            || self.queried.contains_key(code)
    }

    /// Whether the bars of `code` are read without a query.
    pub(crate) fn is_in_memory(&self, code: &Code) -> bool {
        let base_is = match &self.base {
            None => true,
            Some(Base { series: Ok(series), .. }) => series.block(code).is_ok(),
            Some(Base { series: Err(_), .. }) => false,
        };
        base_is && self.overlay.is_some()
    }

    /// Every code with a bar.
    pub(crate) fn codes(&self) -> HashSet<Code> {
        let mut codes: HashSet<Code> = self.queried.keys().copied().collect();
        if let Some(Base { series: Ok(series), .. }) = &self.base {
            codes.extend(series.codes());
        }
        if let Some(overlay) = &self.overlay {
            codes.extend(overlay.codes());
        }
        codes
    }

    pub(crate) fn state(&self) -> SeriesState {
        match &self.base {
            None => SeriesState::NoBase,
            Some(Base { series: Err(detail), .. }) => SeriesState::Degraded { detail: detail.clone() },
            Some(Base { series: Ok(series), .. }) => match series.first_damage() {
                Some(detail) => SeriesState::Degraded { detail: detail.to_owned() },
                None => SeriesState::Mapped,
            },
        }
    }

    pub(crate) fn sources(&self) -> &SourceNames {
        &self.sources
    }

    fn push_base(&self, code: &Code, from: NaiveDate, to: NaiveDate, out: &mut Vec<Bar>) -> Result<(), WarehouseError> {
        let Some(base) = &self.base else { return Ok(()) };
        if let Ok(series) = &base.series {
            // A damaged block has been reported by the file; DuckDB answers for that code.
            if let Ok(block) = series.block(code) {
                if let Some(block) = block {
                    let range = block.range(from.to_epoch_days(), to.to_epoch_days());
                    block.push_bars(range, &self.days, out);
                }
                return Ok(());
            }
        }
        out.extend(self.query(&base.name, code, from, to)?);
        Ok(())
    }

    fn query(&self, database: &str, code: &Code, from: NaiveDate, to: NaiveDate) -> Result<Vec<Bar>, WarehouseError> {
        let filter = format!(
            "FROM {database}.curated_daily WHERE code = '{code}' AND trade_date BETWEEN DATE '{}' AND DATE '{}' \
             ORDER BY trade_date",
            sql_date(from),
            sql_date(to)
        );
        self.database.query(|conn, _| {
            let mut bars = Vec::new();
            scan_curated(conn, &filter, |_, row| {
                bars.push(self.bar(&row)?);
                Ok(())
            })?;
            Ok(bars)
        })
    }

    /// A stored row as a bar.
    fn bar(&self, row: &CuratedRow<'_>) -> Result<Bar, WarehouseError> {
        let source = self.sources.find(row.source);
        let source = source.ok_or_else(|| WarehouseError::Other(format!("unknown source `{}`", row.source)))?;
        let [open, high, low, close] = row.prices;
        let (date, volume, amount, factor) = (self.days.date(row.day), row.volume, row.amount, row.factor);
        Ok(Bar { date, open, high, low, close, volume, amount, factor, source })
    }
}

/// Adds the last bar of every code in `table` to `last`, replacing what is there, and its sources to `sources`.
fn query_last(
    conn: &Connection,
    table: &str,
    sources: &mut SourceNames,
    last: &mut HashMap<Code, Anchor>,
) -> Result<(), WarehouseError> {
    let mut statement = conn.prepare(&format!("SELECT DISTINCT source FROM {table} ORDER BY source"))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        sources.id_of(&row.get::<_, String>(0)?)?;
    }
    let mut statement = conn.prepare(&format!(
        "SELECT code, max(trade_date), arg_max(adj_factor, trade_date), arg_max(factor_basis, trade_date) \
         FROM {table} GROUP BY code"
    ))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (code, basis): (String, String) = (row.get(0)?, row.get(3)?);
        let (Ok(code), Some(basis)) = (code.parse(), FactorBasis::parse(&basis)) else {
            return Err(WarehouseError::Other(format!("curated_daily has the code `{code}` with basis `{basis}`")));
        };
        let anchor = Anchor { date: row.get(1)?, factor: row.get(2)?, basis };
        let known = last.entry(code).or_insert(anchor);
        if anchor.date >= known.date {
            *known = anchor;
        }
    }
    Ok(())
}

/// A date as DuckDB reads it: four digits of the year, whatever the caller asked for.
pub(crate) fn sql_date(date: NaiveDate) -> NaiveDate {
    let (first, last) = (NaiveDate::from_ymd_opt(1, 1, 1), NaiveDate::from_ymd_opt(9999, 12, 31));
    date.clamp(first.unwrap_or_default(), last.unwrap_or_default())
}

/// Merges `tail` into `out[start..]`, both ascending; a day in both becomes the tail's.
fn merge(out: &mut Vec<Bar>, start: usize, tail: &[Bar]) {
    let Some(first) = tail.first() else { return };
    if out[start..].last().is_none_or(|last| last.date < first.date) {
        return out.extend_from_slice(tail);
    }
    let base = out.split_off(start);
    let by_date: BTreeMap<_, _> = base.iter().chain(tail).map(|bar| (bar.date, *bar)).collect();
    out.extend(by_date.into_values());
}
