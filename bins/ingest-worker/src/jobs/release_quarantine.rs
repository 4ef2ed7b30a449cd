//! `release_quarantine`: puts quarantined rows where they belong, if they pass the gate now.
//!
//! A row that could be read stands in its entry, as it was read. One that the vendor's adapter refused is read again, out
//! of the stored response and by the adapter of today. Whatever still fails stays held, and the job's result says why.

use std::collections::BTreeMap;

use job_queue::{JobContext, JobError, payload::Decision};
use serde_json::Value;
use warehouse::{QuarantineOutcome, QuarantinedRow, Released, ReleasedRow};

use super::{
    JobsContext, outcome,
    warehouse_write::{RELEASED, decision, ids, report, write},
};
use crate::renormalize::{Renormalized, factors, renormalize};

/// The state of an entry that nobody has decided about.
const HELD: &str = "held";

pub(super) async fn run(context: &JobsContext, decided: &Decision, about: &JobContext) -> Result<Value, JobError> {
    let ids = ids(decided)?;
    let wanted = ids.clone();
    let entries = outcome::ask_writer(context, move |writer| writer.quarantined(&wanted)).await?;
    let unknown: Vec<String> = ids.into_iter().filter(|id| entries.iter().all(|entry| entry.id != *id)).collect();
    let (held, settled): (Vec<_>, Vec<_>) = entries.into_iter().partition(|entry| entry.state == HELD);
    let (rows, refused) = read(context, held).await?;
    let mut outcome = QuarantineOutcome::default();
    if !rows.is_empty() {
        let (decision, now) = (decision(decided, about), context.clock.now());
        outcome = write(context, move |writer| writer.release_quarantine(rows, &decision, now)).await?;
    }
    outcome.refused.extend(refused);
    outcome.unknown.extend(unknown);
    outcome.already.extend(settled.into_iter().map(|entry| entry.id));
    report(context, RELEASED, &outcome).await
}

/// Ids of rows that cannot be stored, each with the reason.
type Unreadable = Vec<(String, String)>;

/// The rows to store for these entries.
async fn read(context: &JobsContext, held: Vec<QuarantinedRow>) -> Result<(Vec<Released>, Unreadable), JobError> {
    let (mut rows, mut unreadable) = (Vec::new(), Vec::new());
    // By the response that they came from, so that each is read once.
    let mut responses: BTreeMap<_, Vec<QuarantinedRow>> = BTreeMap::new();
    for entry in held {
        match candidate(&entry) {
            Some(row) => rows.push(Released { id: entry.id, row }),
            None => responses.entry((entry.source.clone(), entry.raw_id)).or_default().push(entry),
        }
    }
    for entries in responses.into_values() {
        let again = response_again(context, &entries[0]).await?;
        for entry in entries {
            match again.as_ref().map_err(Clone::clone).and_then(|again| again.rows_of(&entry)) {
                Ok(found) => rows.extend(found.into_iter().map(|row| Released { id: entry.id.clone(), row })),
                Err(reason) => unreadable.push((entry.id, reason)),
            }
        }
    }
    Ok((rows, unreadable))
}

/// The row as it was read when it was refused.
fn candidate(entry: &QuarantinedRow) -> Option<ReleasedRow> {
    ReleasedRow::from_candidate(&entry.dataset, entry.candidate.as_deref()?)
}

/// What the response of an entry says by today's rules, or why it says nothing.
async fn response_again(
    context: &JobsContext,
    entry: &QuarantinedRow,
) -> Result<Result<Renormalized, String>, JobError> {
    let Some(raw_id) = entry.raw_id else { return Ok(Err("it has no stored response to be read from".to_owned())) };
    let (source, dataset) = (entry.source.clone(), entry.dataset.clone());
    let response = outcome::ask_writer(context, move |writer| writer.raw_response(&source, &dataset, raw_id)).await?;
    let Some(response) = response else { return Ok(Err(format!("its response {raw_id} is not stored here any more"))) };
    let series = context.sources.aktools.as_ref().map_or(&[][..], |aktools| &aktools.series[..]);
    let mut again = match renormalize(&response, series) {
        Ok(again) => again,
        Err(reason) => return Ok(Err(reason)),
    };
    if let Some(day) = again.lacks_factors_of() {
        let pages = outcome::ask_writer(context, move |writer| factors::pages(writer, day)).await?;
        again.join_factors(&factors::read(&pages));
    }
    Ok(Ok(again))
}
