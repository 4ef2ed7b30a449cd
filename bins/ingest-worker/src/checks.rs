//! Asks quality-worker to check what was published: right after a publish, and again for what Redis lost.
//!
//! Which days are due stands in the warehouse, in the same transaction as the rows that made them due, and stays there
//! until what a check found is recorded. So a push that fails, a Redis that forgets or a worker that dies costs time and
//! nothing else. No publish waits for any of this. Bookkeeping makes no day due, so that recording findings starts no
//! check.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, NaiveDate, Utc};
use daemon_kit::clock::Clock;
use job_queue::{JobState, Push, Pushed, Queue, QueueError, payload::QualityJob};
use tokio::sync::Notify;
use warehouse::{DueChecks, WarehouseError, Writer};

use crate::{WriterHandle, reconcile::Again};

/// So many single days are asked for; of more the whole history is checked, in one pass over it.
const MOST_DAYS: usize = 250;
/// How long to wait for the end of a check whose findings are recorded.
const LAST_MOMENTS: Duration = Duration::from_millis(500);
/// One check of what is due waits or runs at a time: what has become due meanwhile is asked for once it is recorded.
const KEY: &str = "check_generation@due";

/// Sends the checks.
pub(crate) struct CheckRequests {
    pub(crate) writer: WriterHandle,
    pub(crate) queue: Queue<QualityJob>,
    pub(crate) clock: Clock,
    /// Told when what a check found is recorded.
    pub(crate) recorded: Arc<Notify>,
    pub(crate) again: Again,
    pub(crate) asked: Option<Asked>,
}

/// What was asked for last.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked {
    /// The market commits that the generation holds.
    commit_seq: u64,
    /// The first generation that holds them: later ones with the same commits hold newer bookkeeping only.
    generation: u64,
}

impl CheckRequests {
    /// Looks now, after each publish, when a check is recorded, and every `every`, for ever.
    pub(crate) async fn keep_asking(mut self, every: Duration) {
        let mut generation = self.writer.generation();
        let mut is_over = false;
        loop {
            let looked = self.look(self.clock.now()).await;
            match &looked {
                Ok(_) => self.again.looked(),
                Err(error) => tracing::warn!(error = %error, "could not ask for a check; trying again"),
            }
            // A check ends a moment after what it found is recorded, and keeps others out until then.
            is_over &= matches!(looked, Ok(Asking::OtherRuns));
            let wait = if is_over { every.min(LAST_MOMENTS) } else { every };
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                Ok(()) = generation.changed() => {}
                () = self.recorded.notified() => is_over = true,
            }
        }
    }

    /// Pushes a check of what is due, if anything is and nobody is at it.
    async fn look(&mut self, now: DateTime<Utc>) -> anyhow::Result<Asking> {
        let Some((current, due)) = self.writer.with(due).await?? else { return Ok(Asking::NothingNew) };
        let asked = match self.asked {
            Some(asked) if asked.commit_seq == due.commit_seq => asked,
            _ => Asked { commit_seq: due.commit_seq, generation: current },
        };
        let dates = single_days(due);
        let id = id_of(asked.generation);
        let days = dates.as_ref().map_or_else(|| "all days".to_owned(), |dates| format!("{} days", dates.len()));
        let job = QualityJob::CheckGeneration { generation: Some(asked.generation), dates };
        let asking = self.ask(&id, &job, now).await?;
        if let Some(before) = self.asked.replace(asked).filter(|before| before.generation != asked.generation) {
            self.again.forget(&id_of(before.generation));
        }
        if asking == Asking::Sent {
            tracing::info!(job.id = id, "asked for a check of {days} of generation {}", asked.generation);
        }
        Ok(asking)
    }

    /// Pushes the job. One that rests in the dead letters is sent again after a while that grows, and so is one that is
    /// done although its days are still due: what it found was lost on the way.
    async fn ask(&mut self, id: &str, job: &QualityJob, now: DateTime<Utc>) -> Result<Asking, QueueError> {
        let pushed = self.queue.push(Push::id(id).coalesce(KEY), job).await?;
        match &pushed {
            Pushed::Duplicate { state: JobState::Done, .. } if self.again.is_due(id, now) => {
                let again = format!("{id}#{}", now.format("%Y%m%dT%H%M%S"));
                Ok(Asking::of(&self.queue.push(Push::id(&again).coalesce(KEY), job).await?))
            }
            Pushed::Duplicate { state: JobState::Dead, .. } if self.again.is_due(id, now) => {
                match self.queue.retry_dead(id).await {
                    Ok(()) => Ok(Asking::Sent),
                    // Somebody else was faster.
                    Err(QueueError::NotFound(_) | QueueError::WrongState { .. }) => Ok(Asking::NothingNew),
                    Err(error) => Err(error),
                }
            }
            _ => Ok(Asking::of(&pushed)),
        }
    }
}

/// What became of a look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asking {
    /// A check is on its way.
    Sent,
    /// Another one runs.
    OtherRuns,
    /// Nothing is due, or it was asked for.
    NothingNew,
}

impl Asking {
    fn of(pushed: &Pushed) -> Self {
        match pushed {
            Pushed::New { .. } => Self::Sent,
            Pushed::Coalesced { state: JobState::Running, .. } => Self::OtherRuns,
            Pushed::Coalesced { .. } | Pushed::Duplicate { .. } => Self::NothingNew,
        }
    }
}

/// The days to name; `None` where the whole history is to be checked.
fn single_days(due: DueChecks) -> Option<Vec<NaiveDate>> {
    (!due.whole_history && due.dates.len() <= MOST_DAYS).then_some(due.dates)
}

fn id_of(generation: u64) -> String {
    format!("check_generation@{generation}")
}

/// What is due on the current generation; `None` if nothing is.
fn due(writer: &mut Writer) -> Result<Option<(u64, DueChecks)>, WarehouseError> {
    let Some(generation) = writer.published_generation() else { return Ok(None) };
    let due = writer.due_checks()?;
    Ok((!due.is_empty()).then_some((generation, due)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_year_of_days_is_named_and_more_is_the_whole_history() {
        let first: NaiveDate = "2024-01-02".parse().unwrap();
        let due = |days, whole_history| DueChecks {
            whole_history,
            dates: first.iter_days().take(days).collect(),
            commit_seq: 7,
        };
        assert_eq!(single_days(due(MOST_DAYS, false)).map(|dates| dates.len()), Some(250));
        assert_eq!(single_days(due(MOST_DAYS + 1, false)), None);
        assert_eq!(single_days(due(0, true)), None);
    }
}
