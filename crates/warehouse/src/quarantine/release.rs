//! Puts quarantined rows where they belong.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use duckdb::arrow::array::Array as _;
use quality_rules::rules::quarantine_released;

use super::{QuarantineDecision, QuarantineOutcome, QuarantinedRow, RELEASED, Released, ReleasedRow, audit, decide};
use crate::{
    Batch, RawResponse, Sourced, WarehouseError, Writer, arrow_rows,
    writer::{
        Work,
        datasets::{Dataset, Identity},
        stage::Gate,
    },
};

/// A held entry with the rows to store for it.
struct Accepted {
    entry: QuarantinedRow,
    rows: Vec<ReleasedRow>,
    raw_id: i64,
    fetched_at: DateTime<Utc>,
}

impl Writer {
    /// Stores rows in place of held entries (several where one row of the vendor says several things), as if the vendor's response had been read right: with its id, the row's place in
    /// it, and the time at which it was complete, so that a row of an older response never replaces one of a newer. What is
    /// curated follows in the same transaction. The gate judges every row again; by force, what can be stored at all passes
    /// (see [`quality_rules::gate::is_storable`]). Who decided so is in the log of findings and in that of runs.
    ///
    /// # Errors
    /// `BadBatch` if nobody is named who decided; `DiskFull`, `Database`. Nothing is changed then; call [`Writer::reopen`]
    /// before the next commit.
    pub fn release_quarantine(
        &mut self,
        rows: Vec<Released>,
        decision: &QuarantineDecision,
        now: DateTime<Utc>,
    ) -> Result<QuarantineOutcome, WarehouseError> {
        decision.validate()?;
        let (accepted, mut outcome) = self.judge(rows, decision)?;
        if accepted.is_empty() {
            return Ok(outcome);
        }
        let mut by_source: BTreeMap<String, Vec<Accepted>> = BTreeMap::new();
        for accepted in accepted {
            by_source.entry(accepted.entry.source.clone()).or_default().push(accepted);
        }
        let gate = if decision.force { Gate::Forced } else { Gate::Shut };
        let (_, released) = self.transact(|session, options| {
            let (conn, mut changed, mut released) = (&session.conn, false, Vec::new());
            for (source, accepted) in by_source {
                let raw_ids: Vec<i64> = accepted.iter().map(|accepted| accepted.raw_id).collect();
                let (batch, entries) = batch_of(source, accepted);
                // First, so that the row does not count as a good one that came later.
                decide::settle(conn, &entries, RELEASED, decision, now)?;
                changed |= Work::new(session, options, &batch, now).release(&raw_ids, gate)?;
                audit::note_decision(conn, &quarantine_released::INFO, &entries, decision, now)?;
                released.extend(entries);
            }
            audit::note_run(conn, "release_quarantine", &released, decision, now)?;
            Ok((changed, released))
        })?;
        outcome.released = released.into_iter().map(|entry| entry.id).collect();
        outcome.released.sort_unstable();
        Ok(outcome)
    }

    /// Tells the rows that can be stored from the others.
    fn judge(
        &self,
        rows: Vec<Released>,
        decision: &QuarantineDecision,
    ) -> Result<(Vec<Accepted>, QuarantineOutcome), WarehouseError> {
        let mut rows_of: BTreeMap<String, Vec<ReleasedRow>> = BTreeMap::new();
        for Released { id, row } in rows {
            rows_of.entry(id).or_default().push(row);
        }
        let ids: Vec<String> = rows_of.keys().cloned().collect();
        let decide::Named { held, mut outcome } = self.named(&ids)?;
        let times = self.fetch_times(&held)?;
        let (mut accepted, mut taken) = (Vec::new(), BTreeSet::new());
        for entry in held {
            let rows = rows_of.remove(&entry.id).unwrap_or_default();
            let pass = |row: &ReleasedRow| fits(&entry, row).and_then(|()| row.pass(decision.force));
            let keys: BTreeSet<_> =
                rows.iter().map(|row| (entry.source.clone(), row.table(), row.identity().row_key())).collect();
            let refusal = if let Err(reason) = rows.iter().try_for_each(pass) {
                reason
            } else if let Some((raw_id, fetched_at)) = entry.raw_id.zip(times.get(&entry.id).copied()) {
                if keys.len() == rows.len() && taken.is_disjoint(&keys) {
                    taken.extend(keys);
                    accepted.push(Accepted { entry, rows, raw_id, fetched_at });
                    continue;
                }
                "another row with the same key is released with it".to_owned()
            } else {
                "its response is not known".to_owned()
            };
            outcome.refused.push((entry.id, refusal));
        }
        Ok((accepted, outcome))
    }

    /// When the response of each entry was complete.
    fn fetch_times(&self, entries: &[QuarantinedRow]) -> Result<HashMap<String, DateTime<Utc>>, WarehouseError> {
        let conn = &self.session()?.conn;
        conn.execute_batch("CREATE OR REPLACE TEMP TABLE wanted (id VARCHAR)")?;
        arrow_rows::append_temp(conn, "wanted", vec![arrow_rows::texts(entries.iter().map(|entry| &entry.id))])?;
        let mut times = HashMap::new();
        arrow_rows::query(conn, "SELECT id, fetched_at FROM quarantine SEMI JOIN wanted USING (id)", [], |columns| {
            let (ids, moments) = (columns.texts(0)?, columns.moments(1)?);
            for row in (0..columns.rows()).filter(|row| moments.is_valid(*row)) {
                times.insert(ids.value(row).to_owned(), arrow_rows::moment_at(moments, row));
            }
            Ok(())
        })?;
        Ok(times)
    }
}

/// Whether `row` is about what the entry is about, as far as that could be read.
fn fits(entry: &QuarantinedRow, row: &ReleasedRow) -> Result<(), String> {
    let identity = row.identity();
    if entry.candidate.is_some() && entry.dataset != row.table() {
        return Err(format!("it is a row of {}, not of {}", entry.dataset, row.table()));
    }
    if let Some(code) = entry.code.as_ref().filter(|code| **code != identity.code) {
        return Err(format!("it is about {code}, not about {}", identity.code));
    }
    match (entry.trade_date, identity.day) {
        (Some(ours), Some(theirs)) if ours != theirs => Err(format!("it is about {ours}, not about {theirs}")),
        _ => Ok(()),
    }
}

/// The rows as a batch of their vendor, those of each entry with its own response.
fn batch_of(source: String, accepted: Vec<Accepted>) -> (Batch, Vec<QuarantinedRow>) {
    let mut batch = Batch { source, ..Batch::default() };
    let mut entries = Vec::with_capacity(accepted.len());
    for Accepted { entry, rows, fetched_at, .. } in accepted {
        let response = batch.responses.len();
        batch.responses.push(RawResponse {
            source: batch.source.clone(),
            dataset: entry.dataset.clone(),
            request: String::new(),
            fetched_at,
            http_status: 200,
            body: Vec::new(),
        });
        let place = entry.raw_row.unwrap_or(0).cast_unsigned();
        rows.into_iter().for_each(|row| row.add_to(&mut batch, response, place));
        entries.push(entry);
    }
    (batch, entries)
}

/// Calls a method of the row, whatever its data set.
macro_rules! with_row {
    ($row:expr, $value:ident => $call:expr) => {
        match $row {
            ReleasedRow::Daily($value) => $call,
            ReleasedRow::Basic($value) => $call,
            ReleasedRow::Limit($value) => $call,
            ReleasedRow::Suspension($value) => $call,
            ReleasedRow::Action($value) => $call,
            ReleasedRow::Fundamental($value) => $call,
            ReleasedRow::Macro($value) => $call,
            ReleasedRow::Name($value) => $call,
        }
    };
}

impl ReleasedRow {
    fn identity(&self) -> Identity {
        with_row!(self, row => row.identity())
    }

    fn table(&self) -> &'static str {
        fn of<T: Dataset>(_: &T) -> &'static str {
            T::TABLE
        }
        with_row!(self, row => of(row))
    }

    /// Whether it may be stored now; the reason if not.
    fn pass(&self, force: bool) -> Result<(), String> {
        with_row!(self, row => match row.gate() {
            Err(refusal) if !(force && row.is_storable()) => Err(format!("{} ({})", refusal.reason, refusal.rule.code)),
            _ => Ok(()),
        })
    }

    fn add_to(self, batch: &mut Batch, response: usize, row: u32) {
        fn sourced<T>(value: T, response: usize, row: u32) -> Sourced<T> {
            Sourced { value, response, row }
        }
        match self {
            Self::Daily(value) => batch.daily.push(sourced(value, response, row)),
            Self::Basic(value) => batch.basics.push(sourced(value, response, row)),
            Self::Limit(value) => batch.limits.push(sourced(value, response, row)),
            Self::Suspension(value) => batch.suspensions.push(sourced(value, response, row)),
            Self::Action(value) => batch.actions.push(sourced(value, response, row)),
            Self::Fundamental(value) => batch.fundamentals.push(sourced(value, response, row)),
            Self::Macro(value) => batch.macros.push(sourced(value, response, row)),
            Self::Name(value) => batch.names.push(sourced(value, response, row)),
        }
    }
}
