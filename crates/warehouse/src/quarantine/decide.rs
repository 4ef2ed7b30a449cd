//! Decisions about quarantined rows: to store them after all, or to close them.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use duckdb::{Connection, params};
use quality_rules::rules::quarantine_discarded;

use super::{DISCARDED, HELD, QuarantineDecision, QuarantineOutcome, QuarantinedRow, audit, hold::close_findings};
use crate::{WarehouseError, Writer, arrow_rows};

/// The entries that a decision names.
#[derive(Debug, Default)]
pub(super) struct Named {
    /// Those that are held, in the order of the ids.
    pub(super) held: Vec<QuarantinedRow>,
    /// The ids that decide nothing.
    pub(super) outcome: QuarantineOutcome,
}

impl Writer {
    /// Closes held entries without using them. Who decided so is in the log of findings and in that of runs.
    ///
    /// # Errors
    /// `BadBatch` if nobody is named who decided; `DiskFull`, `Database`. Nothing is changed then.
    pub fn discard_quarantine(
        &mut self,
        ids: &[String],
        decision: &QuarantineDecision,
        now: DateTime<Utc>,
    ) -> Result<QuarantineOutcome, WarehouseError> {
        decision.validate()?;
        let Named { held, mut outcome } = self.named(ids)?;
        if held.is_empty() {
            return Ok(outcome);
        }
        self.transact(|session, _| {
            let conn = &session.conn;
            settle(conn, &held, DISCARDED, decision, now)?;
            audit::note_decision(conn, &quarantine_discarded::INFO, &held, decision, now)?;
            audit::note_run(conn, "discard_quarantine", &held, decision, now)?;
            Ok((false, ()))
        })?;
        outcome.released = held.into_iter().map(|entry| entry.id).collect();
        Ok(outcome)
    }

    /// Looks up the entries that `ids` name.
    pub(super) fn named(&self, ids: &[String]) -> Result<Named, WarehouseError> {
        let mut unknown: BTreeSet<String> = ids.iter().cloned().collect();
        let mut named = Named::default();
        for entry in self.quarantined(ids)? {
            unknown.remove(&entry.id);
            if entry.state == HELD {
                named.held.push(entry);
            } else {
                named.outcome.already.push(entry.id);
            }
        }
        named.outcome.unknown = unknown.into_iter().collect();
        Ok(named)
    }
}

impl QuarantineDecision {
    pub(super) fn validate(&self) -> Result<(), WarehouseError> {
        if self.by.trim().is_empty() {
            return Err(WarehouseError::BadBatch("`by` is empty: a decision has somebody who made it".to_owned()));
        }
        Ok(())
    }
}

/// Gives entries their state, and closes their findings.
pub(super) fn settle(
    conn: &Connection,
    entries: &[QuarantinedRow],
    state: &str,
    decision: &QuarantineDecision,
    now: DateTime<Utc>,
) -> Result<(), WarehouseError> {
    conn.execute_batch("CREATE OR REPLACE TEMP TABLE decided (id VARCHAR)")?;
    arrow_rows::append_temp(conn, "decided", vec![arrow_rows::texts(entries.iter().map(|entry| &entry.id))])?;
    let note = Some(&decision.note).filter(|note| !note.trim().is_empty());
    conn.execute(
        "UPDATE quarantine SET state = ?, decided_at = ?, decided_by = ?, note = ?
         FROM decided d WHERE d.id = quarantine.id",
        params![state, now.naive_utc(), decision.by, note],
    )?;
    close_findings(conn, now)
}
