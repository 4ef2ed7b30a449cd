//! Time, as the simulated vendors see it.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc};

/// What the vendors ask for the time.
pub type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// A clock that a test sets and moves. Clones are the same clock.
#[derive(Debug, Clone)]
pub struct SimClock(Arc<AtomicI64>);

impl SimClock {
    /// A clock that stands at `now`.
    pub fn at(now: DateTime<Utc>) -> Self {
        Self(Arc::new(AtomicI64::new(now.timestamp_millis())))
    }

    /// A clock that stands at a Shanghai wall clock time.
    pub fn at_shanghai(local: NaiveDateTime) -> Self {
        Self::at(from_shanghai(local))
    }

    /// The time it shows.
    pub fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.0.load(Ordering::SeqCst)).unwrap_or_default()
    }

    /// Sets it.
    pub fn set(&self, now: DateTime<Utc>) {
        self.0.store(now.timestamp_millis(), Ordering::SeqCst);
    }

    /// Sets it to a Shanghai wall clock time.
    pub fn set_shanghai(&self, local: NaiveDateTime) {
        self.set(from_shanghai(local));
    }

    /// Moves it on.
    pub fn advance(&self, by: TimeDelta) {
        self.0.fetch_add(by.num_milliseconds(), Ordering::SeqCst);
    }

    /// The clock as the vendors take it.
    pub fn clock(&self) -> Clock {
        let clock = self.clone();
        Arc::new(move || clock.now())
    }
}

/// A Shanghai wall clock time as an instant. Shanghai has had one offset and no summer time since 1991-09.
pub fn from_shanghai(local: NaiveDateTime) -> DateTime<Utc> {
    DateTime::from_naive_utc_and_offset(local - TimeDelta::hours(8), Utc)
}

/// The Shanghai wall clock time of an instant.
pub fn to_shanghai(now: DateTime<Utc>) -> NaiveDateTime {
    now.naive_utc() + TimeDelta::hours(8)
}

/// 20:00 Shanghai of a day: everything of the day is published.
pub(crate) fn evening(day: NaiveDate) -> DateTime<Utc> {
    from_shanghai(day.and_hms_opt(20, 0, 0).unwrap_or_default())
}
