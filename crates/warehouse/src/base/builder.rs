//! Builds a base straight from whole histories, code by code, without going through the tail.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use chrono::{DateTime, Days, NaiveDate, Utc};
use duckdb::Connection;
use market_features::WINDOW;
use market_model::{Code, DailyBar, DailyBasic, PriceLimit};

use super::{NEXT, NextBase, remove_unused};
use crate::{
    Layout, WarehouseError, WriterOptions, arrow_rows,
    curate::{self, Bar, Chained, CuratedRow, Events, Finding, Series, Start, chain},
    manifest::BaseManifest,
    writer::{Session, WriterLock, clear_leftovers, datasets::Dataset, set_meta},
};

/// So many rows are handed to DuckDB at a time: one row group.
const ROWS_AT_ONCE: usize = 122_880;

/// The whole history of one code from one vendor.
#[derive(Debug, Clone, Copy)]
pub struct History<'a> {
    /// The vendor.
    pub source: &'a str,
    /// The listing day, where known; decides the factor's basis.
    pub listed: Option<NaiveDate>,
    /// Bars as traded, ascending by day, each day once, all of `code`. A day without a bar counts as a suspension.
    pub bars: &'a [DailyBar],
    /// Valuation figures, ascending by day.
    pub basics: &'a [DailyBasic],
    /// Price limits, ascending by day.
    pub limits: &'a [PriceLimit],
    /// The raw response behind the rows; the n-th row is the response's n-th.
    pub raw_id: Option<i64>,
    /// When that response was complete.
    pub fetched_at: DateTime<Utc>,
}

/// What was built.
#[derive(Debug, Clone, PartialEq)]
pub struct Built {
    /// The base's manifest.
    pub manifest: BaseManifest,
    /// Bars in it.
    pub bars: u64,
    /// Codes in it.
    pub codes: u64,
}

/// Fills the first base of a warehouse. Codes come in ascending order; every day with a bar counts as complete.
///
/// Nothing is in use before [`BaseBuilder::finish`]; dropping the builder leaves the warehouse as it was.
#[derive(Debug)]
pub struct BaseBuilder {
    layout: Layout,
    options: WriterOptions,
    session: Session,
    /// Writes the curated rows while the session's connection writes the normalized ones.
    curating: Connection,
    next: NextBase,
    pending: Pending,
    /// Bars per source and day.
    days: BTreeMap<(String, NaiveDate), u32>,
    features: Vec<curate::FeatureRow>,
    findings: Vec<Finding>,
    last_code: Option<Code>,
    bars: u64,
    codes: u64,
    _lock: WriterLock,
}

/// Rows on their way to DuckDB.
#[derive(Debug, Default)]
struct Pending {
    bars: Vec<Lineage<DailyBar>>,
    curated: Vec<CuratedRow>,
    basics: Vec<Lineage<DailyBasic>>,
    limits: Vec<Lineage<PriceLimit>>,
    first: Vec<CuratedRow>,
    /// With the vendor's factor.
    recent: Vec<(CuratedRow, Option<f64>)>,
}

/// A row with its lineage.
#[derive(Debug)]
struct Lineage<T> {
    value: T,
    source: Arc<str>,
    raw_id: Option<i64>,
    raw_row: i32,
    fetched_at: DateTime<Utc>,
}

impl BaseBuilder {
    /// Starts the first base of the warehouse below `root`.
    ///
    /// # Errors
    /// `Locked`; `Unavailable` if the warehouse has a base or bars already: commit and compact there.
    pub fn create(root: impl AsRef<Path>, options: WriterOptions) -> Result<Self, WarehouseError> {
        let layout = Layout::new(root.as_ref());
        std::fs::create_dir_all(layout.root())?;
        let lock = WriterLock::acquire(&layout.writer_lock())?;
        clear_leftovers(&layout)?;
        let session = Session::open(&layout, &options, None)?;
        remove_unused(&layout, session.base_number())?;
        let has_bars: bool =
            session.conn.query_row("SELECT count(*) > 0 FROM normalized_daily", [], |row| row.get(0))?;
        if session.base.is_some() || has_bars {
            let reason = "a base is built from histories only in a warehouse that holds no bars yet";
            return Err(WarehouseError::Unavailable(reason.to_owned()));
        }
        let next = NextBase::create(&session.conn, &layout, 1)?;
        let curating = session.conn.try_clone()?;
        // One transaction each: full row groups go to the file at once, compressed, instead of to the log and then again.
        session.conn.execute_batch("BEGIN")?;
        curating.execute_batch("BEGIN")?;
        Ok(Self {
            layout,
            options,
            session,
            curating,
            next,
            pending: Pending::default(),
            days: BTreeMap::new(),
            features: Vec::new(),
            findings: Vec::new(),
            last_code: None,
            bars: 0,
            codes: 0,
            _lock: lock,
        })
    }

    /// Adds the history of `code`.
    ///
    /// # Errors
    /// `BadBatch` if codes or days do not ascend, a row belongs to another code, or a number is not finite.
    pub fn push_code(&mut self, code: Code, history: &History<'_>) -> Result<(), WarehouseError> {
        if self.last_code.is_some_and(|last| last >= code) {
            return Err(WarehouseError::BadBatch(format!("{code} does not come after {:?}", self.last_code)));
        }
        check(code, history.bars, |row| (row.code, row.trade_date))?;
        check(code, history.basics, |row| (row.code, row.trade_date))?;
        check(code, history.limits, |row| (row.code, row.trade_date))?;
        self.last_code = Some(code);
        let source: Arc<str> = history.source.into();
        let chained = curated(code, history, &source);
        let rows = chained.rows;
        self.findings.extend(chained.findings);
        self.note_days(history);
        self.note_features(&rows, history.basics);
        self.bars += rows.len() as u64;
        self.codes += u64::from(!rows.is_empty());
        self.pending.first.extend(rows.first().cloned());
        // Of one source every bar becomes a row.
        let recent = rows.iter().zip(history.bars).skip(rows.len().saturating_sub(WINDOW));
        self.pending.recent.extend(recent.map(|(row, bar)| (row.clone(), bar.adj_factor)));
        self.pending.curated.extend(rows);
        extend(&mut self.pending.bars, history.bars, history, &source);
        extend(&mut self.pending.basics, history.basics, history, &source);
        extend(&mut self.pending.limits, history.limits, history, &source);
        if self.pending.curated.len() >= ROWS_AT_ONCE {
            self.flush()?;
        }
        Ok(())
    }

    /// Makes the base durable with its series file and manifest, and puts the tail on it.
    pub fn finish(mut self, now: DateTime<Utc>) -> Result<Built, WarehouseError> {
        self.flush()?;
        let conn = &self.session.conn;
        arrow_rows::append_to(
            conn,
            NEXT,
            "sealed_day",
            vec![
                arrow_rows::texts(self.days.keys().map(|(source, _)| source)),
                arrow_rows::dates(self.days.keys().map(|(_, day)| *day)),
            ],
        )?;
        conn.execute_batch("COMMIT")?;
        self.curating.execute_batch("COMMIT")?;
        self.next.checkpoint(conn)?;
        let tables = self.next.sums(conn, BTreeMap::new())?;
        let number = self.next.number();
        let summary = self.next.write_series(conn)?;
        let manifest = self.next.finish(conn, tables, summary, now)?;
        let transaction = conn.unchecked_transaction()?;
        let days: Vec<_> = self.days.iter().collect();
        arrow_rows::append(conn, "partition", partition_columns(&days, now))?;
        if let Some(last) = days.iter().map(|((_, day), _)| *day).max() {
            let first = last.checked_sub_days(Days::new(u64::from(self.options.feature_days))).unwrap_or(last);
            self.features.retain(|row| row.date >= first);
        }
        arrow_rows::append(conn, "feature_daily", curate::feature_columns(&self.features, now))?;
        curate::sync_findings(conn, &[], &self.findings, now)?;
        set_meta(&transaction, "base", &number.to_string())?;
        set_meta(&transaction, "commit_seq", &(self.session.commit_seq + 1).to_string())?;
        transaction.commit()?;
        conn.execute_batch("CHECKPOINT")?;
        let built = Built { manifest, bars: self.bars, codes: self.codes };
        tracing::info!(
            bars = built.bars,
            codes = built.codes,
            "built base {number} in {}",
            self.layout.root().display()
        );
        self.session.close()?;
        Ok(built)
    }

    fn note_days(&mut self, history: &History<'_>) {
        for bar in history.bars {
            *self.days.entry((history.source.to_owned(), bar.trade_date)).or_default() += 1;
        }
    }

    /// Features of the code's last days; which of them are kept is known when the last day of all codes is.
    fn note_features(&mut self, rows: &[CuratedRow], basics: &[DailyBasic]) {
        let Some(last) = rows.last() else { return };
        let days = Days::new(u64::from(self.options.feature_days));
        let first = last.date.checked_sub_days(days).unwrap_or(last.date);
        let basics = &basics[basics.partition_point(|row| row.trade_date < first)..];
        let figures: Vec<_> = basics.iter().map(|row| (row.trade_date, row.pe_ttm, row.pb)).collect();
        self.features.extend(curate::feature_rows(&[], rows, &figures, first));
    }

    fn flush(&mut self) -> Result<(), WarehouseError> {
        let pending = std::mem::take(&mut self.pending);
        let (normalizing, curating) = (&self.session.conn, &mut self.curating);
        std::thread::scope(|scope| {
            let curated = scope.spawn(|| pending.write_curated(curating));
            let normalized = pending.write_normalized(normalizing);
            let curated =
                curated.join().unwrap_or_else(|_| Err(WarehouseError::Other("the curating thread panicked".into())));
            normalized.and(curated)
        })
    }
}

impl Pending {
    fn write_normalized(&self, conn: &Connection) -> Result<(), WarehouseError> {
        arrow_rows::append_to(conn, NEXT, "normalized_daily", columns(&self.bars))?;
        arrow_rows::append_to(conn, NEXT, "normalized_daily_basic", columns(&self.basics))?;
        arrow_rows::append_to(conn, NEXT, "price_limit", columns(&self.limits))
    }

    fn write_curated(&self, conn: &mut Connection) -> Result<(), WarehouseError> {
        arrow_rows::append_to(conn, NEXT, "curated_daily", curate::curated_columns(&self.curated))?;
        let (first, recent) = (&self.first, &self.recent);
        arrow_rows::append_to(
            conn,
            NEXT,
            "first_bar",
            vec![
                arrow_rows::texts(first.iter().map(|row| row.code.as_str())),
                arrow_rows::dates(first.iter().map(|row| row.date)),
                arrow_rows::texts(first.iter().map(|row| row.basis.as_str())),
            ],
        )?;
        arrow_rows::append_to(
            conn,
            NEXT,
            "recent_bar",
            vec![
                arrow_rows::texts(recent.iter().map(|(row, _)| row.code.as_str())),
                arrow_rows::dates(recent.iter().map(|(row, _)| row.date)),
                arrow_rows::numbers(recent.iter().map(|(row, _)| row.point().close)),
                arrow_rows::numbers(recent.iter().map(|(row, _)| row.raw[3])),
                arrow_rows::numbers(recent.iter().map(|(row, _)| row.factor)),
                arrow_rows::texts(recent.iter().map(|(row, _)| row.basis.as_str())),
                arrow_rows::texts(recent.iter().map(|(row, _)| &row.source)),
                arrow_rows::optional_numbers(recent.iter().map(|(_, vendor_factor)| *vendor_factor)),
            ],
        )
    }
}

/// The curated rows of a whole history.
fn curated(code: Code, history: &History<'_>, source: &Arc<str>) -> Chained {
    let bars: Vec<Bar> = history
        .bars
        .iter()
        .map(|bar| Bar {
            date: bar.trade_date,
            raw: [bar.open, bar.high, bar.low, bar.close],
            volume: bar.volume,
            amount: bar.amount.unwrap_or(f64::NAN),
            pre_close: bar.pre_close,
            vendor_factor: bar.adj_factor,
            source: Arc::clone(source),
            ingested_at: history.fetched_at,
            counts: true,
        })
        .collect();
    let start = Start::First { listed: history.listed };
    chain(&Series { code, start: &start, bars: &bars, events: &Events::default(), sealed: &[] }, |_, _| false)
}

fn extend<T: Clone>(pending: &mut Vec<Lineage<T>>, rows: &[T], history: &History<'_>, source: &Arc<str>) {
    let rows = (0_i32..).zip(rows);
    pending.extend(rows.map(|(raw_row, value)| Lineage {
        value: value.clone(),
        source: Arc::clone(source),
        raw_id: history.raw_id,
        raw_row,
        fetched_at: history.fetched_at,
    }));
}

fn columns<T: Dataset>(rows: &[Lineage<T>]) -> Vec<duckdb::arrow::array::ArrayRef> {
    let values: Vec<&T> = rows.iter().map(|row| &row.value).collect();
    let mut columns = T::columns(&values);
    columns.push(arrow_rows::texts(rows.iter().map(|row| &row.source)));
    columns.push(arrow_rows::optional_longs(rows.iter().map(|row| row.raw_id)));
    columns.push(arrow_rows::ints(rows.iter().map(|row| row.raw_row)));
    columns.push(arrow_rows::moments(rows.iter().map(|row| row.fetched_at)));
    columns
}

fn check<T: Dataset>(code: Code, rows: &[T], key: impl Fn(&T) -> (Code, NaiveDate)) -> Result<(), WarehouseError> {
    let bad = |what: String| Err(WarehouseError::BadBatch(format!("{} of {code}: {what}", T::TABLE)));
    let mut last = None;
    for row in rows {
        let (other, day) = key(row);
        if other != code {
            return bad(format!("a row of {other}"));
        }
        if last.is_some_and(|last| last >= day) {
            return bad(format!("{day} does not come after the day before it"));
        }
        if let Some(column) = row.not_finite() {
            return bad(format!("`{column}` of {day} is not finite"));
        }
        last = Some(day);
    }
    Ok(())
}

fn partition_columns(days: &[(&(String, NaiveDate), &u32)], now: DateTime<Utc>) -> Vec<duckdb::arrow::array::ArrayRef> {
    let counts = || arrow_rows::ints(days.iter().map(|(_, count)| count.cast_signed()));
    vec![
        arrow_rows::texts(days.iter().map(|_| "daily")),
        arrow_rows::dates(days.iter().map(|((_, day), _)| *day)),
        arrow_rows::texts(days.iter().map(|((source, _), _)| source)),
        counts(),
        counts(),
        arrow_rows::texts(days.iter().map(|_| "complete")),
        arrow_rows::optional_texts(days.iter().map(|_| None::<&str>)),
        arrow_rows::moments(days.iter().map(|_| now)),
    ]
}
