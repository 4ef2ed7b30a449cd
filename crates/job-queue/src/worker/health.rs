//! Signs of life, for `/readyz`.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::time::Instant;

/// A worker that gave no sign of life for this long is not ready.
const SILENCE: Duration = Duration::from_secs(60);

/// The time of the latest heartbeat that reached Redis.
#[derive(Debug, Clone, Default)]
pub(super) struct Pulse(Arc<Mutex<Option<Instant>>>);

impl Pulse {
    pub(super) fn beat(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    fn age(&self) -> Option<Duration> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).map(|beat| beat.elapsed())
    }
}

/// Whether the workers of this process are alive; cheap to clone, usable from a request handler.
#[derive(Debug, Clone, Default)]
pub struct Health {
    pulses: Vec<Pulse>,
    pub(super) restarts: Arc<AtomicU64>,
}

impl Health {
    pub(super) fn add(&mut self, pulse: &Pulse) {
        self.pulses.push(pulse.clone());
    }

    /// Age of the stalest heartbeat over all mounted queues; `None` until each has had its first. Ready means: present and younger
    /// than a few heartbeats. It grows while Redis is away and when a worker is stuck.
    pub fn heartbeat_age(&self) -> Option<Duration> {
        let ages: Option<Vec<_>> = self.pulses.iter().map(Pulse::age).collect();
        ages.and_then(|ages| ages.into_iter().max())
    }

    /// What `/readyz` asks: whether every worker gave a sign of life within the last minute.
    ///
    /// # Errors
    /// Since when there has been none.
    pub fn check(&self) -> Result<(), String> {
        match self.heartbeat_age() {
            Some(age) if age < SILENCE => Ok(()),
            Some(age) => Err(format!("the last heartbeat was {} s ago", age.as_secs())),
            None => Err("the worker has not started yet".to_owned()),
        }
    }

    /// How often a worker died of an error and was started again.
    pub fn restarts(&self) -> u64 {
        self.restarts.load(Ordering::Relaxed)
    }
}
