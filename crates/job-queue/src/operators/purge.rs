//! Forgetting finished jobs.

use std::time::Duration;

use crate::{JobState, Queue, QueueError, queue::whole_ms, scripts};

const SLICE: u64 = 200;

/// Which finished jobs to forget. Their ids may be pushed again afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Purge {
    /// Done jobs that finished longer ago than this; `None` keeps them.
    pub done: Option<Duration>,
    /// Dead ones, likewise.
    pub dead: Option<Duration>,
}

impl Default for Purge {
    /// Done jobs after a week, dead ones never.
    fn default() -> Self {
        Self { done: Some(Duration::from_secs(7 * 24 * 3600)), dead: None }
    }
}

/// What a purge removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Purged {
    /// Done jobs.
    pub done: u64,
    /// Dead jobs.
    pub dead: u64,
    /// Left-overs of workers that are gone.
    pub workers: u64,
}

impl<T> Queue<T> {
    /// Forgets finished jobs, in slices that do not hold up Redis, and what apalis leaves behind for every worker ever started.
    ///
    /// # Errors
    /// [`QueueError::Unreachable`], [`QueueError::Refused`]; what is purged by then stays purged.
    pub async fn purge(&self, what: Purge) -> Result<Purged, QueueError> {
        Ok(Purged {
            done: self.purge_kind(JobState::Done, what.done).await?,
            dead: self.purge_kind(JobState::Dead, what.dead).await?,
            workers: self.sweep_workers().await?,
        })
    }

    async fn purge_kind(&self, kind: JobState, age: Option<Duration>) -> Result<u64, QueueError> {
        let Some(age) = age else { return Ok(0) };
        let mut script = scripts::PURGE.key(self.name());
        script.arg(kind.as_str()).arg(whole_ms(age)).arg(SLICE);
        let mut total = 0;
        loop {
            let count: u64 = self.broker().eval(&script).await?;
            total += count;
            if count < SLICE {
                return Ok(total);
            }
        }
    }

    async fn sweep_workers(&self) -> Result<u64, QueueError> {
        let pattern = format!("{}:workers:metadata:*", self.name());
        let (mut cursor, mut total) = (0_u64, 0);
        loop {
            let mut scan = redis::cmd("SCAN");
            scan.arg(cursor).arg("MATCH").arg(&pattern).arg("COUNT").arg(500);
            let (next, keys): (u64, Vec<String>) = self.broker().query(&scan).await?;
            let mut script = scripts::SWEEP.key(self.name());
            script.arg(keys);
            total += self.broker().eval::<u64>(&script).await?;
            cursor = next;
            if cursor == 0 {
                return Ok(total);
            }
        }
    }
}
