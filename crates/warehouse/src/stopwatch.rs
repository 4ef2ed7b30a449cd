//! Elapsed time, for the log and for query limits. Nothing that is stored as data depends on it.

use std::time::{Duration, Instant};

/// The monotonic clock.
#[expect(clippy::disallowed_methods, reason = "durations of blocking work outside any runtime; decides no data")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Milliseconds since the last lap.
#[derive(Debug)]
pub(crate) struct Stopwatch {
    started: Instant,
    lap: Instant,
}

impl Stopwatch {
    pub(crate) fn start() -> Self {
        let now = now();
        Self { started: now, lap: now }
    }

    /// Ends a lap and starts the next.
    pub(crate) fn lap_ms(&mut self) -> u64 {
        let now = now();
        let lap = now - self.lap;
        self.lap = now;
        lap.as_millis() as u64
    }

    /// Since the start.
    pub(crate) fn elapsed(&self) -> Duration {
        now() - self.started
    }
}
