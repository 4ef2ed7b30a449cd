//! How long the daemon waits for things.

use std::time::Duration;

use daemon_kit::config::IngestWorkerConfig;
use job_queue::{Backoff, WorkersOptions};

/// The waits; production takes them from the configuration, whose defaults are these.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pace {
    /// How often the warehouse is searched for what it lacks. Default 30 s.
    pub reconcile_every: Duration,
    /// When an incomplete day is asked for again: vendors fill up late days within minutes to hours, and publish
    /// `daily_basic` an hour and a half after the bars. Default 15 min.
    pub incomplete_retry: Duration,
    /// Bookkeeping alone (findings, runs, freshness) is published at most this often. Default 10 min.
    pub bookkeeping_every: Duration,
    /// The wait between the attempts of a job that failed. Default as the queue's.
    pub backoff: Backoff,
    /// Polling, heartbeats and the grace period of the queue's workers. Default as the queue's.
    pub workers: WorkersOptions,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            reconcile_every: Duration::from_secs(30),
            incomplete_retry: Duration::from_secs(15 * 60),
            bookkeeping_every: Duration::from_secs(600),
            backoff: Backoff::default(),
            workers: WorkersOptions::default(),
        }
    }
}

impl From<&IngestWorkerConfig> for Pace {
    /// What the configuration says; the defaults for what it does not know.
    fn from(config: &IngestWorkerConfig) -> Self {
        let defaults = Self::default();
        Self {
            reconcile_every: config.reconcile_every,
            bookkeeping_every: config.bookkeeping_every,
            backoff: Backoff { base: config.retry_pause, ..defaults.backoff },
            workers: WorkersOptions {
                heartbeat: config.heartbeat,
                missed_heartbeats: config.missed_heartbeats,
                ..defaults.workers
            },
            ..defaults
        }
    }
}

#[cfg(test)]
mod tests {
    use daemon_kit::config::{Config, Environment};

    use super::*;

    #[test]
    fn an_empty_configuration_means_the_defaults() {
        let text = "[ingest-worker.tushare]\nenabled = false\n";
        let config = Config::from_toml(text, "test", &Environment::default()).unwrap();
        assert_eq!(Pace::from(&config.ingest_worker().unwrap()), Pace::default());
    }
}
