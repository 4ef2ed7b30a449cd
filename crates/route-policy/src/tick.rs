//! Now, by two clocks.

use std::{ops::Add, time::Duration};

use chrono::{DateTime, Utc};

/// Milliseconds on a clock that never goes back, from whatever origin. Limits, waits and cool-downs are measured by it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tick(u64);

impl Tick {
    /// From milliseconds.
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// In milliseconds.
    pub const fn millis(self) -> u64 {
        self.0
    }

    /// The time since `earlier`; nothing when that is later.
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for Tick {
    type Output = Self;
    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)))
    }
}

/// Now: by the monotonic clock for everything that lasts, by the wall clock for days and prices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct At {
    /// The monotonic clock.
    pub tick: Tick,
    /// The wall clock.
    pub wall: DateTime<Utc>,
}
