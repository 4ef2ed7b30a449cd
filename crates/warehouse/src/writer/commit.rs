//! One batch, one transaction: raw, normalized, revisions, coverage, curated, features, bookkeeping.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use duckdb::Connection;
use market_model::Code;

use super::{
    Session, Step, Writer, WriterOptions, bookkeeping,
    datasets::Dataset,
    merge, set_meta,
    stage::{self, Lineage, Refused},
    vanished,
};
use crate::{
    Batch, Committed, Sourced, WarehouseError,
    coverage::{self, DAILY, Day},
    curate::{self, Changes, MarketDays},
    is_whole_market, raw, schema, whole_market_sql,
};

impl Writer {
    /// Commits `batch` in one transaction: all of it, or nothing.
    ///
    /// Committing it again, or batches in another order, leads to the same content: see [`crate::Manifest::logical_hash`].
    ///
    /// # Errors
    /// `BadBatch` if a row names a response that the batch does not hold, or a partition another source; `DiskFull`; `Database`. Nothing is changed then;
    /// call [`Writer::reopen`] before the next commit, for DuckDB may refuse further work.
    pub fn commit(&mut self, batch: Batch, now: DateTime<Utc>) -> Result<Committed, WarehouseError> {
        validate(&batch)?;
        let options = self.options.clone();
        let session = self.session_mut()?;
        let transaction = session.conn.unchecked_transaction()?;
        options.step(Step::BatchBegun);
        let mut work = Work { session, options: &options, batch: &batch, now, committed: Committed::default() };
        let changed = work.apply()?;
        let mut committed = work.committed;
        let seq = (session.commit_seq + u64::from(changed), session.bookkeeping_seq + u64::from(!changed));
        set_meta(&transaction, "commit_seq", &seq.0.to_string())?;
        set_meta(&transaction, "bookkeeping_seq", &seq.1.to_string())?;
        options.step(Step::BeforeCommit);
        transaction.commit()?;
        (session.commit_seq, session.bookkeeping_seq) = seq;
        options.step(Step::AfterCommit);
        committed.changed = changed;
        committed.commit_seq = seq.0;
        Ok(committed)
    }
}

/// The data sets of which a batch may claim to hold a whole day.
const PARTITIONED: [&str; 4] = [DAILY, DAILY_BASIC, PRICE_LIMIT, SUSPENSION];
const DAILY_BASIC: &str = "daily_basic";
const PRICE_LIMIT: &str = "price_limit";
const SUSPENSION: &str = "suspension";

/// A commit in progress.
struct Work<'a> {
    session: &'a Session,
    options: &'a WriterOptions,
    batch: &'a Batch,
    now: DateTime<Utc>,
    committed: Committed,
}

/// What changed in one table.
#[derive(Debug, Default)]
struct Touched(Vec<(String, Option<NaiveDate>)>);

impl Work<'_> {
    /// Does everything but commit; returns whether market data changed.
    fn apply(&mut self) -> Result<bool, WarehouseError> {
        let (batch, conn) = (self.batch, &self.session.conn);
        let raw_ids = raw::append(conn, &batch.responses)?;
        let lineage = Lineage { source: &batch.source, responses: &batch.responses, raw_ids: &raw_ids };
        let mut refused = rejected(batch);
        let before = MarketDays::load(conn)?;

        let instruments = self.take(&batch.instruments, None, lineage, &mut refused)?;
        let calendar = self.take(&batch.calendar, None, lineage, &mut refused)?;
        let actions = self.take(&batch.actions, None, lineage, &mut refused)?;
        let fundamentals = self.take(&batch.fundamentals, None, lineage, &mut refused)?;
        let macros = self.take(&batch.macros, None, lineage, &mut refused)?;
        let suspensions = self.take(&batch.suspensions, Some(SUSPENSION), lineage, &mut refused)?;
        let limits = self.take(&batch.limits, Some(PRICE_LIMIT), lineage, &mut refused)?;
        let basics = self.take(&batch.basics, Some(DAILY_BASIC), lineage, &mut refused)?;
        let bars = self.take(&batch.daily, Some(DAILY), lineage, &mut refused)?;
        bookkeeping::quarantine(conn, &batch.source, &raw_ids, &refused, self.now)?;
        self.options.step(Step::RowsWritten);

        let bar_keys = bars.keys()?;
        let judged = self.judge_days(&bar_keys, &suspensions, &instruments)?;
        let after = if judged || !calendar.0.is_empty() { MarketDays::load(conn)? } else { before.clone() };
        let changes = Changes {
            bars: bar_keys,
            basics: basics.keys()?,
            instruments: instruments.keys()?.into_iter().map(|(code, _)| code).collect(),
            actions: actions.keys()?,
        };
        let context = curate::Context {
            conn,
            base: self.session.base.as_deref(),
            options: self.options,
            feature_floor: self.session.feature_floor()?,
            now: self.now,
        };
        let refreshed = curate::refresh(context, &changes, &before, &after)?;

        bookkeeping::record_success(conn, batch, self.now)?;
        if let Some(run) = &batch.run {
            bookkeeping::record_run(conn, run)?;
        }
        let reference = [&instruments, &calendar, &actions, &fundamentals, &macros];
        let daily = [&suspensions, &limits, &basics, &bars];
        let changed = reference.iter().chain(&daily).any(|touched| !touched.0.is_empty())
            || judged
            || !refreshed.dates.is_empty()
            || refreshed.features > 0;
        self.committed.dates = refreshed.dates.into_iter().collect();
        Ok(changed)
    }

    /// Stages and merges the rows of one data set. `partition` is its name in [`crate::Partition::dataset`].
    fn take<T: Dataset>(
        &mut self,
        rows: &[Sourced<T>],
        partition: Option<&str>,
        lineage: Lineage<'_>,
        refused: &mut Vec<Refused>,
    ) -> Result<Touched, WarehouseError> {
        let whole_days: Vec<NaiveDate> = self
            .batch
            .partitions
            .iter()
            .filter(|claim| Some(claim.dataset) == partition && claim.source == self.batch.source)
            .map(|claim| claim.trade_date)
            .collect();
        if rows.is_empty() && whole_days.is_empty() {
            return Ok(Touched::default());
        }
        let table = schema::table(T::TABLE)
            .ok_or_else(|| WarehouseError::Other(format!("table {} is not described", T::TABLE)))?;
        let conn = &self.session.conn;
        let base_last_day = self.session.base.as_ref().and_then(|base| base.last_day);
        refused.extend(stage::stage(conn, rows, lineage)?);
        let merged = merge::merge(conn, table, base_last_day, self.options, self.now)?;
        if let Some(answered_at) = self.batch.responses.iter().map(|response| response.fetched_at).max() {
            for day in &whole_days {
                let partition = (self.batch.source.as_str(), *day);
                self.committed.vanished +=
                    vanished::log_vanished(conn, table, base_last_day, partition, answered_at, self.now)?;
            }
            if !whole_days.is_empty() {
                vanished::close_returned(conn, table, self.now)?;
            }
        }
        self.committed.inserted += merged.inserted;
        self.committed.replaced += merged.replaced;
        self.committed.unchanged += merged.unchanged;
        Ok(Touched(merged.changed))
    }

    /// Judges the coverage of every day that this batch may have changed; returns whether a judgement differs. Bars of codes
    /// outside the whole market make no day.
    fn judge_days(
        &mut self,
        bars: &[(Code, NaiveDate)],
        suspensions: &Touched,
        instruments: &Touched,
    ) -> Result<bool, WarehouseError> {
        let (conn, batch) = (&self.session.conn, self.batch);
        let declared: BTreeSet<Day> = batch
            .partitions
            .iter()
            .filter(|claim| claim.dataset == DAILY)
            .map(|claim| (claim.source.clone(), claim.trade_date))
            .collect();
        let mut days = declared.clone();
        let judged: BTreeSet<NaiveDate> =
            bars.iter().filter(|(code, _)| is_whole_market(code)).map(|(_, day)| *day).collect();
        days.extend(judged.into_iter().map(|day| (batch.source.clone(), day)));
        if !instruments.0.is_empty() {
            days.extend(known_days(conn, "true")?);
        } else {
            let halted: BTreeSet<NaiveDate> = suspensions.days().collect();
            for day in halted {
                days.extend(known_days(conn, &format!("trade_date = DATE '{day}'"))?);
            }
        }
        if let Some(base) = &self.session.base {
            days.retain(|day| !base.sealed.contains(day));
        }
        let judged = coverage::judge(conn, &days, &declared, self.session.base.is_some(), self.options, self.now)?;
        self.committed.withheld = judged
            .withheld
            .into_iter()
            .filter(|day| declared.contains(&(day.source.clone(), day.trade_date)))
            .collect();
        self.committed.released = judged.released.into_iter().collect();
        Ok(judged.changed)
    }
}

impl Touched {
    fn days(&self) -> impl Iterator<Item = NaiveDate> {
        self.0.iter().filter_map(|(_, day)| *day)
    }

    /// Code and day of each row.
    fn keys(&self) -> Result<Vec<(Code, NaiveDate)>, WarehouseError> {
        let mut codes: BTreeMap<&str, Code> = BTreeMap::new();
        let mut keys = Vec::with_capacity(self.0.len());
        for (text, day) in &self.0 {
            let code = match codes.get(text.as_str()) {
                Some(code) => *code,
                None => *codes.entry(text).or_insert(crate::arrow_rows::parse_code(text)?),
            };
            keys.push((code, day.unwrap_or_default()));
        }
        Ok(keys)
    }
}

/// Refuses claims that no row of the batch can back.
fn validate(batch: &Batch) -> Result<(), WarehouseError> {
    for claim in &batch.partitions {
        if !PARTITIONED.contains(&claim.dataset) {
            return Err(WarehouseError::BadBatch(format!("`{}` is no data set with whole days", claim.dataset)));
        }
        if claim.source != batch.source {
            let detail = format!("it is from `{}` and claims a day of `{}`", batch.source, claim.source);
            return Err(WarehouseError::BadBatch(detail));
        }
    }
    Ok(())
}

/// The days in the tail that have bars of the whole market or were judged, with their sources.
fn known_days(conn: &Connection, condition: &str) -> Result<Vec<Day>, WarehouseError> {
    let sql = format!(
        "SELECT source, trade_date FROM normalized_daily WHERE {condition} AND {}
         UNION SELECT source, trade_date FROM partition WHERE dataset = '{DAILY}' AND {condition}",
        whole_market_sql("code")
    );
    let mut statement = conn.prepare(&sql)?;
    let days = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(days.collect::<Result<_, _>>()?)
}

/// The vendor's rows that could not be normalized, as refusals.
fn rejected(batch: &Batch) -> Vec<Refused> {
    let refusals = batch.rejected.iter().map(|row| Refused {
        dataset: row.dataset.clone(),
        response: row.response,
        row: row.row,
        reason: row.reason.clone(),
        value: row.value.clone(),
    });
    refusals.collect()
}
