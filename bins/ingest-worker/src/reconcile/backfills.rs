//! Backfills that were begun and that nobody works on.

use chrono::{DateTime, Utc};
use job_queue::{JobState, Push, QueueError, payload::IngestJob};

use super::Reconcile;
use crate::backfill::{Plan, unfinished};

/// States of a job that will be worked on, or is.
const ALIVE: [JobState; 3] = [JobState::Waiting, JobState::Delayed, JobState::Running];
/// Jobs that are looked at in each state; more than that wait for their turn without this one's help.
const LOOK_AT: usize = 1_000;

impl Reconcile {
    /// Pushes a job for each unfinished run that has none. One that gave up is taken up at the start of a
    /// process, and then ever more rarely.
    pub(super) async fn take_up_backfills(&mut self, now: DateTime<Utc>) -> Result<usize, QueueError> {
        let mut pushed = 0;
        for (folder, plan) in unfinished(&self.backfills.runs) {
            if folder.has_given_up() && !self.again.is_due(&format!("backfill {}", folder.name()), now) {
                continue;
            }
            let job = IngestJob::BackfillHistory {
                source: plan.source.clone(),
                codes: plan.named.clone(),
                from: plan.from,
                to: plan.to,
                part: 0,
            };
            if self.is_worked_on(&job).await? {
                continue;
            }
            pushed += usize::from(self.take_up(&plan, &job, now).await?);
        }
        Ok(pushed)
    }

    /// Whether a job of the run waits or runs: its key, and the keys of its later stretches.
    async fn is_worked_on(&self, job: &IngestJob) -> Result<bool, QueueError> {
        let key = job.coalesce_key();
        let later = format!("{key}+");
        let is_of_run = |job: &IngestJob| {
            let one = job.coalesce_key();
            one == key || one.starts_with(&later)
        };
        for state in ALIVE {
            for summary in self.queue.list(state, 0, LOOK_AT).await?.jobs {
                // A key says enough; a job that was pushed without one has to show its payload.
                let is_of_run = match &summary.coalesce_key {
                    Some(one) => *one == key || one.starts_with(&later),
                    None => match self.queue.show(&summary.id).await {
                        Ok(detail) => {
                            let payload = detail.payload.map(IngestJob::try_from);
                            payload.and_then(Result::ok).is_some_and(|job| is_of_run(&job))
                        }
                        Err(QueueError::NotFound(_)) => false,
                        Err(error) => return Err(error),
                    },
                };
                if is_of_run {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    async fn take_up(&self, plan: &Plan, job: &IngestJob, now: DateTime<Utc>) -> Result<bool, QueueError> {
        let id = format!("missing:backfill_history@{}#{}", plan.source, now.format("%Y%m%dT%H%M%S"));
        let pushed = self.queue.push(Push::id(&id).coalesce(&job.coalesce_key()), job).await?;
        let is_new = matches!(pushed, job_queue::Pushed::New { .. });
        if is_new {
            let (source, codes) = (&plan.source, plan.codes.len());
            tracing::info!(job.id = id, "the unfinished backfill of {codes} codes from {source} is taken up again");
        }
        Ok(is_new)
    }
}
