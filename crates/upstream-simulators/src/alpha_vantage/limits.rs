//! How often the key may ask.

use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use tokio::time::Instant;

use super::refusal::Refusal;
use crate::world::Venue;

/// Counts the requests of the running day of New York, and the time since the last one.
#[derive(Debug, Default)]
pub(super) struct Limiter {
    day: Option<NaiveDate>,
    spent: u32,
    last: Option<Instant>,
}

impl Limiter {
    /// Counts a request, or refuses it. Refused ones count towards neither limit.
    pub(super) fn admit(
        &mut self,
        per_day: Option<u32>,
        min_interval: Option<Duration>,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        let today = Venue::NewYork.date(now);
        if self.day != Some(today) {
            *self = Self { day: Some(today), spent: 0, last: self.last };
        }
        if per_day.is_some_and(|per_day| self.spent >= per_day) {
            return Err(Refusal::PerDay);
        }
        let instant = Instant::now();
        if let (Some(interval), Some(last)) = (min_interval, self.last)
            && instant < last + interval
        {
            return Err(Refusal::PerSecond);
        }
        self.spent += 1;
        self.last = Some(instant);
        Ok(())
    }
}
