//! Now, by both clocks.

use std::time::Duration;

use daemon_kit::clock::Clock;
use route_policy::{At, Tick};
use tokio::time::Instant;

/// What the router is told about time: ticks count from the start of this process.
#[derive(Clone, Debug)]
pub(crate) struct Time {
    clock: Clock,
    origin: Instant,
}

impl Time {
    /// Starts the ticks.
    pub(crate) fn new(clock: Clock) -> Self {
        Self { clock, origin: Instant::now() }
    }

    /// Now.
    pub(crate) fn at(&self) -> At {
        At { tick: self.tick(Instant::now()), wall: self.clock.now() }
    }

    /// The wall clock.
    pub(crate) fn clock(&self) -> &Clock {
        &self.clock
    }

    /// When a tick comes.
    pub(crate) fn instant(&self, tick: Tick) -> Instant {
        self.origin + Duration::from_millis(tick.millis())
    }

    /// The tick of a moment.
    pub(crate) fn tick(&self, moment: Instant) -> Tick {
        let since = moment.saturating_duration_since(self.origin);
        Tick::from_millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }
}
