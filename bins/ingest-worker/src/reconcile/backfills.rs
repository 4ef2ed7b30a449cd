//! Backfills that were begun and that nobody works on.

use chrono::{DateTime, Utc};
use job_queue::{JobState, Push, QueueError, payload::IngestJob};

use super::Reconcile;
use crate::backfill::{Plan, unfinished};

/// How the coalescing keys of all backfills begin.
const KEY: &str = "backfill_history@";
/// States of a job that will be worked on, or is.
const ALIVE: [JobState; 3] = [JobState::Waiting, JobState::Delayed, JobState::Running];
/// Jobs that are looked at in each state; more than that wait for their turn without this one's help.
const LOOK_AT: usize = 1_000;

impl Reconcile {
    /// Pushes a job for each unfinished run that has none. One that gave up is taken up at the start of a
    /// process, and then ever more rarely.
    pub(super) async fn take_up_backfills(&mut self, now: DateTime<Utc>) -> Result<usize, QueueError> {
        let mut pushed = 0;
        let runs = unfinished(&self.backfills.runs);
        if runs.is_empty()
            && let Some(run) = self.backfills.silent_run(now)
            && !self.is_any_alive(|key| key.starts_with(KEY)).await?
        {
            self.backfills.give_up(run, &self.board, now);
        }
        for (folder, plan) in runs {
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
        self.is_any_alive(|one| one == key || one.starts_with(&later)).await
    }

    /// Whether a job with such a key waits or runs.
    async fn is_any_alive(&self, is_such: impl Fn(&str) -> bool) -> Result<bool, QueueError> {
        for state in ALIVE {
            for summary in self.queue.list(state, 0, LOOK_AT).await?.jobs {
                // A key says enough; a job that was pushed without one has to show its payload.
                let is_such = match &summary.coalesce_key {
                    Some(key) => is_such(key),
                    None => match self.queue.show(&summary.id).await {
                        Ok(detail) => {
                            let payload = detail.payload.map(IngestJob::try_from);
                            payload.and_then(Result::ok).is_some_and(|job| is_such(&job.coalesce_key()))
                        }
                        Err(QueueError::NotFound(_)) => false,
                        Err(error) => return Err(error),
                    },
                };
                if is_such {
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
