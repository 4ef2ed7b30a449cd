//! How handlers are run.

use std::time::Duration;

use crate::{Backoff, Purge};

/// How the jobs of one queue are run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WorkerOptions {
    /// Jobs at the same time, in this process.
    pub concurrency: usize,
    /// How long one attempt may take. It is cut off at its next `await`; blocking code must watch the time itself.
    pub timeout: Duration,
    /// Attempts before a failing job becomes a dead letter.
    pub max_attempts: u32,
    /// How often a job may take its process down with it before it becomes a dead letter.
    pub max_crashes: u32,
    /// The wait between attempts.
    pub backoff: Backoff,
}

impl Default for WorkerOptions {
    fn default() -> Self {
        Self {
            concurrency: 1,
            timeout: Duration::from_secs(600),
            max_attempts: 5,
            max_crashes: 3,
            backoff: Backoff::default(),
        }
    }
}

/// How the workers of one process behave.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WorkersOptions {
    /// How often an idle worker looks for work.
    pub poll: Duration,
    /// How often due delayed jobs are made ready.
    pub promote: Duration,
    /// How often a worker gives a sign of life.
    pub heartbeat: Duration,
    /// A process silent for `heartbeat * missed_heartbeats` is dead, and others take over its jobs. apalis counts whole seconds, so
    /// a product below two seconds is treated as two.
    pub missed_heartbeats: u32,
    /// How long running jobs may go on after a shutdown was asked for.
    pub grace: Duration,
    /// How long to keep trying to record how a job ended while Redis is away. After that the job runs once more.
    pub settle_patience: Duration,
    /// What to forget, once an hour.
    pub purge: Purge,
}

impl Default for WorkersOptions {
    fn default() -> Self {
        Self {
            poll: Duration::from_millis(250),
            promote: Duration::from_millis(250),
            heartbeat: Duration::from_secs(5),
            missed_heartbeats: 6,
            grace: Duration::from_secs(20),
            settle_patience: Duration::from_secs(120),
            purge: Purge::default(),
        }
    }
}

impl WorkersOptions {
    /// How long a process must be silent to count as dead.
    pub(crate) fn silence(&self) -> Duration {
        (self.heartbeat * self.missed_heartbeats.max(2)).max(Duration::from_secs(2))
    }
}
