//! The first pass: every normalized row into the next base, code by code; actions and responses where they belong.

use std::{collections::BTreeMap, iter::Peekable, thread};

use chrono::{DateTime, NaiveDate, Utc};
use duckdb::arrow::array::RecordBatch;
use market_model::{Code, CorporateAction, DailyBar, last_final_day};

use super::{
    BulkLoaded, StagedCode,
    coverage::{self, Coverage},
    keyed::Keyed,
    merge::{Connections, TableMerge},
    next_tail::NextTail,
    responses::{self, Numbered},
    rows::{Origin, accepted, batch_of},
    superseded::Superseded,
    worker::hashed_sink,
};
use crate::{
    RawResponse, Sourced, WarehouseError, Writer,
    base::NEXT,
    compact::Moving,
    is_whole_market,
    manifest::TableSum,
    writer::{Session, meta_number, stage::Refused},
};

/// The tables that are merged row by row: bars, valuation figures, price limits.
pub(super) const MERGED: [&str; 3] = ["normalized_daily", "normalized_daily_basic", "price_limit"];

/// What the first pass leaves for what follows.
pub(super) struct Loaded {
    pub(super) counts: BulkLoaded,
    pub(super) coverage: Coverage,
    pub(super) superseded: [Superseded; 3],
    /// Number and hash of the rows written.
    pub(super) sums: BTreeMap<String, TableSum>,
    pub(super) next_raw_id: u64,
}

/// A staged code, checked, as columns.
struct Ready {
    batches: [Option<RecordBatch>; 3],
    responses: Vec<Numbered>,
}

/// Fills the three tables of the next base and commits them.
pub(super) fn load(
    writer: &Writer,
    session: &Session,
    source: &str,
    staged: impl Iterator<Item = Result<StagedCode, WarehouseError>>,
    tail: &mut NextTail<'_>,
    now: DateTime<Utc>,
    mut progress: impl FnMut(u64),
) -> Result<Loaded, WarehouseError> {
    let moving = Moving { source: Some(source) };
    let connections = [Connections::new(session)?, Connections::new(session)?, Connections::new(session)?];
    let [mut bars, mut basics, mut limits] = {
        let [a, b, c] = &connections;
        let open = |connections, name| TableMerge::open(connections, session, name, moving, source);
        [open(a, MERGED[0])?, open(b, MERGED[1])?, open(c, MERGED[2])?]
    };
    let coverage = Coverage::new(coverage::load(session, source)?, now);
    let mut pass = Pass {
        source,
        tail,
        coverage,
        counts: BulkLoaded::default(),
        next_raw_id: meta_number(&session.conn, "next_raw_id")?,
    };
    let mut sums = BTreeMap::new();
    thread::scope(|scope| {
        let mut sinks = Vec::new();
        for name in MERGED {
            sinks.push(hashed_sink(scope, session.conn.try_clone()?, NEXT, name)?);
        }
        let mut archiver = responses::archiver(scope, session.conn.try_clone()?, writer.layout.clone());
        let mut staged = staged.peekable();
        loop {
            let merges = [&bars, &basics, &limits];
            let Some(code) = next_code(&merges, &mut staged)? else { break };
            let ready = pass.ready(code, &mut staged)?;
            let is_staged = ready.is_some();
            let Ready { batches, responses } = ready.unwrap_or_else(Ready::nothing);
            for (at, (merge, staged)) in [&mut bars, &mut basics, &mut limits].into_iter().zip(batches).enumerate() {
                let rows = merge.take(code.as_str(), staged)?;
                for batch in rows {
                    if at == 0 {
                        pass.count(code, &batch)?;
                    }
                    sinks[at].push(batch)?;
                }
                merge.superseded.flush(&session.conn, false)?;
            }
            if !responses.is_empty() {
                archiver.push(responses)?;
            }
            if is_staged {
                progress(pass.counts.bars);
            }
        }
        for (sink, name) in sinks.into_iter().zip(MERGED) {
            sums.insert(name.to_owned(), sink.finish()?.into());
        }
        pass.counts.raw_responses = archiver.finish()?;
        Ok::<_, WarehouseError>(())
    })?;
    for merge in [&mut bars, &mut basics, &mut limits] {
        merge.superseded.flush(&session.conn, true)?;
    }
    let Pass { coverage, mut counts, next_raw_id, .. } = pass;
    counts.inserted = bars.counts.inserted;
    counts.replaced = bars.counts.replaced;
    counts.unchanged = bars.counts.unchanged;
    let superseded = [bars.superseded, basics.superseded, limits.superseded];
    Ok(Loaded { counts, coverage, superseded, sums, next_raw_id })
}

/// What is kept while the codes pass by.
struct Pass<'a, 'b> {
    source: &'a str,
    tail: &'a mut NextTail<'b>,
    coverage: Coverage,
    counts: BulkLoaded,
    next_raw_id: u64,
}

impl Ready {
    fn nothing() -> Self {
        Self { batches: [None, None, None], responses: Vec::new() }
    }
}

impl Pass<'_, '_> {
    /// The staged rows of `code`, if it is the next one handed over.
    fn ready<I: Iterator<Item = Result<StagedCode, WarehouseError>>>(
        &mut self,
        code: Code,
        staged: &mut Peekable<I>,
    ) -> Result<Option<Ready>, WarehouseError> {
        if !matches!(staged.peek(), Some(Ok(next)) if next.code == code) {
            return Ok(None);
        }
        let Some(next) = staged.next().transpose()? else { return Ok(None) };
        if let Some(Ok(after)) = staged.peek()
            && after.code <= code
        {
            return Err(WarehouseError::BadBatch(format!("{} does not come after {code}", after.code)));
        }
        self.prepare(next).map(Some)
    }

    fn prepare(&mut self, staged: StagedCode) -> Result<Ready, WarehouseError> {
        let StagedCode { code, from, bars, places, basics, limits, actions, responses, rejected } = staged;
        if places.len() != bars.len() {
            let detail = format!("{code} has {} bars and {} places", bars.len(), places.len());
            return Err(WarehouseError::BadBatch(detail));
        }
        let first_id = self.next_raw_id;
        self.next_raw_id += responses.len() as u64;
        let numbered: Vec<Numbered> = (first_id..).map(u64::cast_signed).zip(responses).collect();
        let times: Vec<_> = numbered.iter().map(|(id, response)| (*id, response.fetched_at)).collect();
        let origin = Origin { source: self.source, responses: &times };
        let mut refused: Vec<Refused> = rejected.into_iter().map(Refused::from).collect();
        let bars = bars.into_iter().zip(places).map(|(value, (response, row))| Sourced { value, response, row });
        let bars = accepted(code, bars.collect(), origin, &mut refused)?;
        let basics = accepted(code, basics, origin, &mut refused)?;
        let limits = accepted(code, limits, origin, &mut refused)?;
        self.tail.quarantine(refused, &numbered)?;
        self.note(code, from, &bars, &numbered);
        self.tail.take_actions(actions_of(code, actions, &numbered)?, &numbered)?;
        let batches = [batch_of(&bars, origin)?, batch_of(&basics, origin)?, batch_of(&limits, origin)?];
        Ok(Ready { batches, responses: numbered })
    }

    fn note(&mut self, code: Code, from: Option<NaiveDate>, bars: &[Sourced<DailyBar>], responses: &[Numbered]) {
        self.counts.codes += 1;
        self.counts.bars += bars.len() as u64;
        self.tail.note_fetched(responses, bars);
        if !is_whole_market(&code) {
            return;
        }
        if let Some(fetched_at) = responses.iter().map(|(_, response)| response.fetched_at).max() {
            self.coverage.asked(code, from, last_final_day(code.exchange(), fetched_at));
        }
        if let (Some(first), Some(last)) = (bars.first(), bars.last()) {
            self.coverage.loaded(first.value.trade_date, last.value.trade_date);
        }
    }

    /// Counts the bars that the source has of `code` now.
    fn count(&mut self, code: Code, rows: &RecordBatch) -> Result<(), WarehouseError> {
        if !is_whole_market(&code) {
            return Ok(());
        }
        let keyed = Keyed::of(rows)?;
        let own = (0..keyed.rows()).filter(|at| keyed.source(*at) == self.source);
        self.coverage.count(code, own.map(|at| keyed.day(at)));
        Ok(())
    }
}

/// The next code of all parts.
fn next_code<I: Iterator<Item = Result<StagedCode, WarehouseError>>>(
    merges: &[&TableMerge<'_>],
    staged: &mut Peekable<I>,
) -> Result<Option<Code>, WarehouseError> {
    let stored = merges.iter().filter_map(|merge| merge.next_code()).min();
    let stored = stored.map(crate::arrow_rows::parse_code).transpose()?;
    let handed_over = match staged.peek() {
        Some(Ok(next)) => Some(next.code),
        // What is wrong is said when it is taken.
        Some(Err(_)) => return staged.next().transpose().map(|_| None),
        None => None,
    };
    Ok(match (stored, handed_over) {
        (Some(stored), Some(next)) => Some(stored.min(next)),
        (stored, next) => stored.or(next),
    })
}

fn actions_of(
    code: Code,
    actions: Vec<(CorporateAction, usize, u32)>,
    responses: &[(i64, RawResponse)],
) -> Result<Vec<Sourced<CorporateAction>>, WarehouseError> {
    for (action, response, _) in &actions {
        if action.code != code || *response >= responses.len() {
            let detail = format!("an event of {} in response {response} was handed over with {code}", action.code);
            return Err(WarehouseError::BadBatch(detail));
        }
    }
    Ok(actions.into_iter().map(|(value, response, row)| Sourced { value, response, row }).collect())
}
