//! What one batch changes, within a transaction.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use duckdb::Connection;
use market_model::Code;

use super::{
    Session, Step, WriterOptions, bookkeeping,
    commit::{DAILY_BASIC, PRICE_LIMIT, SUSPENSION},
    datasets::Dataset,
    due, merge,
    stage::{self, Gate, Lineage, Refused},
    vanished,
};
use crate::{
    Batch, Committed, Sourced, WarehouseError,
    coverage::{self, DAILY, Day, Judged},
    curate::{self, Changes, MarketDays},
    is_whole_market,
    quarantine::{self, Incoming},
    raw, schema, whole_market_sql,
};

/// A commit in progress.
pub(crate) struct Work<'a> {
    session: &'a Session,
    options: &'a WriterOptions,
    batch: &'a Batch,
    now: DateTime<Utc>,
    gate: Gate,
    /// Whether the responses are a vendor's answers, and not those that released rows once came in.
    is_answer: bool,
    refused: Vec<Refused>,
    /// Whether rows superseded entries of the quarantine.
    superseded: bool,
    pub(crate) committed: Committed,
}

/// What changed in one table.
#[derive(Debug, Default)]
pub(super) struct Touched(Vec<(String, Option<NaiveDate>)>);

impl<'a> Work<'a> {
    pub(crate) fn new(session: &'a Session, options: &'a WriterOptions, batch: &'a Batch, now: DateTime<Utc>) -> Self {
        let committed = Committed::default();
        Self {
            session,
            options,
            batch,
            now,
            gate: Gate::Shut,
            is_answer: true,
            refused: Vec::new(),
            superseded: false,
            committed,
        }
    }

    /// Does everything but commit for a batch of a vendor; returns whether market data changed.
    pub(crate) fn commit(&mut self) -> Result<bool, WarehouseError> {
        let (batch, conn) = (self.batch, &self.session.conn);
        let raw_ids = raw::append(conn, &batch.responses)?;
        self.refused = batch.rejected.iter().cloned().map(Refused::from).collect();
        let changed = self.apply(&raw_ids)?;
        bookkeeping::record_success(conn, batch, self.now)?;
        if let Some(run) = &batch.run {
            bookkeeping::record_run(conn, run)?;
        }
        Ok(changed)
    }

    /// The same for rows whose responses are stored already, under `raw_ids`: what an operator takes out of the quarantine.
    pub(crate) fn release(&mut self, raw_ids: &[i64], gate: Gate) -> Result<bool, WarehouseError> {
        (self.gate, self.is_answer) = (gate, false);
        self.apply(raw_ids)
    }

    /// Stores the rows and brings everything in step that follows from them.
    fn apply(&mut self, raw_ids: &[i64]) -> Result<bool, WarehouseError> {
        let (batch, conn) = (self.batch, &self.session.conn);
        let lineage = Lineage { source: &batch.source, responses: &batch.responses, raw_ids };
        let before = MarketDays::load(conn)?;

        let instruments = self.take(&batch.instruments, None, lineage)?;
        let names = self.take(&batch.names, None, lineage)?;
        let calendar = self.take(&batch.calendar, None, lineage)?;
        let actions = self.take(&batch.actions, None, lineage)?;
        let fundamentals = self.take(&batch.fundamentals, None, lineage)?;
        let macros = self.take(&batch.macros, None, lineage)?;
        let suspensions = self.take(&batch.suspensions, Some(SUSPENSION), lineage)?;
        let limits = self.take(&batch.limits, Some(PRICE_LIMIT), lineage)?;
        let basics = self.take(&batch.basics, Some(DAILY_BASIC), lineage)?;
        let bars = self.take(&batch.daily, Some(DAILY), lineage)?;
        self.put_aside(lineage)?;
        self.options.step(Step::RowsWritten);

        let bar_keys = bars.keys()?;
        let judged = self.judge_days(&bar_keys, &suspensions, &instruments)?;
        let after = if judged.changed || !calendar.0.is_empty() { MarketDays::load(conn)? } else { before.clone() };
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

        let reference = [&instruments, &names, &calendar, &actions, &fundamentals, &macros];
        let daily = [&suspensions, &limits, &basics, &bars];
        let changed = reference.iter().chain(&daily).any(|touched| !touched.0.is_empty())
            || judged.changed
            || !refreshed.dates.is_empty()
            || refreshed.features > 0;
        self.committed.dates = refreshed.dates.into_iter().collect();
        if changed {
            let mut due = due::Due::new(&after);
            due.days(bars.days().chain(suspensions.days()).chain(limits.days()));
            due.days(judged.turned);
            due.calendar(calendar.days());
            due.events(actions.days());
            if !instruments.0.is_empty() {
                due.instruments();
            }
            due.names(&names.keys()?, &batch.names);
            due.note(conn, self.session.commit_seq + 1)?;
        }
        Ok(changed)
    }

    /// Stages and merges the rows of one data set. `partition` is its name in [`crate::Partition::dataset`].
    fn take<T: Dataset>(
        &mut self,
        rows: &[Sourced<T>],
        partition: Option<&str>,
        lineage: Lineage<'_>,
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
        let refused = stage::stage(conn, rows, lineage, self.gate)?;
        self.superseded |= quarantine::by_staged(conn, table, lineage.source)?;
        let merged = merge::merge(conn, table, base_last_day, self.options, self.now)?;
        if let Some(answered_at) = self.batch.responses.iter().map(|response| response.fetched_at).max() {
            if !whole_days.is_empty() {
                vanished::provide_refused(conn, &refused)?;
            }
            for day in &whole_days {
                let partition = (self.batch.source.as_str(), *day);
                self.committed.vanished +=
                    vanished::log_vanished(conn, table, base_last_day, partition, answered_at, self.now)?;
            }
            if !whole_days.is_empty() {
                vanished::close_returned(conn, table, self.now)?;
            }
        }
        self.refused.extend(refused);
        self.committed.inserted += merged.inserted;
        self.committed.replaced += merged.replaced;
        self.committed.unchanged += merged.unchanged;
        Ok(Touched(merged.changed))
    }

    /// Puts the refused rows into the quarantine, and closes entries that good rows have come for.
    fn put_aside(&mut self, lineage: Lineage<'_>) -> Result<(), WarehouseError> {
        let (conn, source) = (&self.session.conn, lineage.source);
        let response = |at: usize| Some((*lineage.raw_ids.get(at)?, lineage.responses.get(at)?));
        let refused = std::mem::take(&mut self.refused);
        let rows: Vec<_> = refused
            .into_iter()
            .map(|row| {
                let from = response(row.response);
                Incoming::new(source, row, from, self.now)
            })
            .collect();
        let held = quarantine::hold(conn, source, &rows, self.now)?;
        if held {
            let base = self.session.base.is_some();
            self.superseded |= quarantine::by_stored(conn, source, |table| {
                let in_base = (base && table.in_base).then(|| format!("base.{}", table.name));
                std::iter::once(table.name.to_owned()).chain(in_base).collect()
            })?;
        }
        if self.is_answer {
            self.superseded |= quarantine::by_answers(conn, source, lineage.responses.iter())?;
        }
        if held {
            quarantine::raise_findings(conn, self.now)?;
        }
        if self.superseded {
            quarantine::close_findings(conn, self.now)?;
        }
        Ok(())
    }

    /// Judges the coverage of every day that this batch may have changed. Bars of codes outside the whole market make no day.
    fn judge_days(
        &mut self,
        bars: &[(Code, NaiveDate)],
        suspensions: &Touched,
        instruments: &Touched,
    ) -> Result<Judged, WarehouseError> {
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
        let mut judged = coverage::judge(conn, &days, &declared, self.session.base.is_some(), self.options, self.now)?;
        self.committed.withheld = std::mem::take(&mut judged.withheld)
            .into_iter()
            .filter(|day| declared.contains(&(day.source.clone(), day.trade_date)))
            .collect();
        self.committed.released = std::mem::take(&mut judged.released).into_iter().collect();
        Ok(judged)
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
