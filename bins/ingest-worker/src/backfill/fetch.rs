//! A stretch of fetching: code after code into its file, several at a time, until all are there, the stretch is over, or
//! the vendor has enough.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use futures::{StreamExt as _, stream::FuturesUnordered};
use market_model::Code;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{
    failures::Failures,
    folder::RunFolder,
    plan::Plan,
    progress::Tracker,
    staged::{Counts, Staged},
    vendor::Vendor,
};
use crate::refusal::{Decision, Refusal};

/// So many codes failing one after the other are not the codes' fault.
const FAILING_IN_A_ROW: usize = 25;

/// Why a stretch ended.
#[derive(Debug)]
pub(crate) enum Ended {
    /// Every code is on disk or given up.
    Complete,
    /// Its time is over.
    SliceOver,
    /// The process is asked to stop.
    Stopping,
    /// The vendor gives nothing more for now.
    Refused(Refusal),
}

/// What a stretch did.
pub(crate) struct Stretch {
    pub(crate) ended: Ended,
    /// Codes that it put on disk.
    pub(crate) staged: usize,
    /// Why codes failed, with the answers that were refused.
    pub(crate) refusals: Vec<Refusal>,
}

/// The time that a stretch has.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// From here on no further code is begun.
    pub(crate) until: Instant,
    /// What is then in the air may take this much longer before it is dropped.
    pub(crate) patience: Duration,
    /// Codes at the same time.
    pub(crate) concurrency: usize,
}

/// Fetches the codes of the plan that are not in `there`. `on_staged` is told how many this stretch has put on disk.
///
/// # Errors
/// The disk's.
pub(crate) async fn fetch(
    vendor: &Vendor,
    folder: &RunFolder,
    plan: &Plan,
    there: &BTreeMap<Code, Counts>,
    (limits, shutdown): (Limits, &CancellationToken),
    tracker: &Tracker,
    on_staged: impl Fn(usize),
) -> std::io::Result<Stretch> {
    let mut failures = folder.failures();
    let mut waiting = order(plan, there, &failures);
    let mut in_the_air = FuturesUnordered::new();
    let (mut staged, mut failing_in_a_row) = (0, 0);
    let mut refusals = Vec::new();
    let mut ended: Option<Ended> = None;
    let over = tokio::time::sleep_until(limits.until);
    let given_up = tokio::time::sleep_until(limits.until + limits.patience);
    tokio::pin!(over, given_up);
    loop {
        while ended.is_none() && in_the_air.len() < limits.concurrency {
            let Some(code) = waiting.pop_front() else { break };
            in_the_air.push(async move { (code, vendor.fetch(code, plan.from, plan.until).await) });
        }
        if in_the_air.is_empty() {
            break;
        }
        let (code, result) = tokio::select! {
            biased;
            () = shutdown.cancelled() => {
                ended = Some(Ended::Stopping);
                break;
            }
            () = &mut given_up => break,
            () = &mut over, if ended.is_none() => {
                ended = Some(Ended::SliceOver);
                continue;
            }
            Some(fetched) = in_the_air.next() => fetched,
        };
        match result {
            Ok(history) => {
                let counts = Counts { bars: history.bars, requests: history.requests };
                keep(folder, history).await?;
                failing_in_a_row = 0;
                staged += 1;
                if failures.remove(&code) {
                    folder.write_failures(&failures)?;
                }
                tracker.staged(counts);
                on_staged(staged);
            }
            Err(refusal) if refusal.is_vendor_wide => {
                // Perhaps it was this code that brought every server down: it comes last next time, and not for ever.
                if refusal.decision != Decision::Stop {
                    failures.add(code, refusal.to_string(), false);
                    folder.write_failures(&failures)?;
                    tracker.given_up(failures.given_up());
                }
                ended.get_or_insert(Ended::Refused(refusal));
            }
            Err(refusal) => {
                failing_in_a_row += 1;
                tracing::warn!(code = code.as_str(), "the history of {code} could not be fetched: {refusal}");
                let is_final = refusal.decision == Decision::Stop;
                if failures.add(code, refusal.to_string(), is_final) {
                    waiting.push_back(code);
                }
                folder.write_failures(&failures)?;
                tracker.given_up(failures.given_up());
                if failing_in_a_row >= FAILING_IN_A_ROW && !is_final {
                    let message = format!("{failing_in_a_row} codes in a row failed; the last one, {code}: {refusal}");
                    ended.get_or_insert(Ended::Refused(Refusal::passing(message)));
                }
                refusals.push(refusal);
            }
        }
    }
    Ok(Stretch { ended: ended.unwrap_or(Ended::Complete), staged, refusals })
}

/// The codes that are still to be fetched: those that failed before come last, those that are given up not at all.
fn order(plan: &Plan, there: &BTreeMap<Code, Counts>, failures: &Failures) -> VecDeque<Code> {
    let missing = plan.codes.iter().copied().filter(|code| !there.contains_key(code) && !failures.is_given_up(code));
    let (failed, new): (Vec<Code>, Vec<Code>) = missing.partition(|code| failures.has(code));
    new.into_iter().chain(failed).collect()
}

async fn keep(folder: &RunFolder, history: Staged) -> std::io::Result<()> {
    let (path, history) = (folder.staged(&history.code), Arc::new(history));
    tokio::task::spawn_blocking(move || history.write(&path)).await.map_err(std::io::Error::other)?
}
