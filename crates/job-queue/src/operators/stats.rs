//! How full a queue is.

use std::time::Duration;

use serde::Serialize;

use crate::{Queue, QueueError, scripts};

/// Counts of a queue at one instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Stats {
    /// Ready to run.
    pub waiting: u64,
    /// Waiting for their time, retries included.
    pub delayed: u64,
    /// In the hands of a worker.
    pub running: u64,
    /// Finished and not yet purged.
    pub done: u64,
    /// Dead letters.
    pub dead: u64,
    /// Workers that gave a sign of life lately.
    pub workers: u64,
    /// How long the first waiting job has been ready; a growing value means that nobody works.
    pub oldest_waiting: Option<Duration>,
}

impl<T> Queue<T> {
    /// Counts the queue.
    ///
    /// # Errors
    /// [`QueueError::Unreachable`], [`QueueError::Refused`].
    pub async fn stats(&self) -> Result<Stats, QueueError> {
        let script = scripts::STATS.key(self.name());
        let [waiting, delayed, running, done, dead, workers, oldest]: [i64; 7] = self.broker().eval(&script).await?;
        let count = |number: i64| u64::try_from(number).unwrap_or(0);
        Ok(Stats {
            waiting: count(waiting),
            delayed: count(delayed),
            running: count(running),
            done: count(done),
            dead: count(dead),
            workers: count(workers),
            oldest_waiting: u64::try_from(oldest).ok().map(Duration::from_millis),
        })
    }
}
