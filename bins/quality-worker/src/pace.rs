//! How long the daemon waits for things.

use std::time::Duration;

use daemon_kit::config::QualityWorkerConfig;
use job_queue::{Backoff, WorkersOptions};

/// The waits; production takes them from the configuration, whose defaults are these.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pace {
    /// How often it is looked whether a message or a reminder has come due. Default 1 s.
    pub alerts_every: Duration,
    /// The wait between the attempts of a job that failed. Default as the queue's.
    pub backoff: Backoff,
    /// Polling, heartbeats and the grace period of the queue's workers. Default as the queue's.
    pub workers: WorkersOptions,
}

impl Default for Pace {
    fn default() -> Self {
        Self { alerts_every: Duration::from_secs(1), backoff: Backoff::default(), workers: WorkersOptions::default() }
    }
}

impl From<&QualityWorkerConfig> for Pace {
    /// What the configuration says; the defaults for what it does not know.
    fn from(config: &QualityWorkerConfig) -> Self {
        let defaults = Self::default();
        Self {
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
        let config = Config::from_toml("", "test", &Environment::default()).unwrap();
        assert_eq!(Pace::from(&config.quality_worker().unwrap()), Pace::default());
    }
}
