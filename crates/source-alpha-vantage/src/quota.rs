//! The day's allowance, counted on our side so that the vendor's refusal is the exception.

use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, NaiveDate, Utc};

use crate::eastern;

/// The requests of one account per day of New York. A restart forgets the count; the vendor does not.
#[derive(Debug)]
pub(crate) struct Quota {
    per_day: Option<u32>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    day: Option<NaiveDate>,
    spent: u32,
    /// The vendor counted more than we did.
    refused: bool,
}

impl Quota {
    pub(crate) fn new(per_day: Option<u32>) -> Self {
        Self { per_day, state: Mutex::default() }
    }

    /// Counts a request, or says when the next day begins.
    pub(crate) fn take(&self, now: DateTime<Utc>) -> Result<(), DateTime<Utc>> {
        let mut state = self.on(now);
        if state.refused || self.per_day.is_some_and(|per_day| state.spent >= per_day) {
            return Err(eastern::next_midnight(now));
        }
        state.spent += 1;
        Ok(())
    }

    /// The vendor says that the day is spent; gives the beginning of the next.
    pub(crate) fn exhaust(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        self.on(now).refused = true;
        eastern::next_midnight(now)
    }

    fn on(&self, now: DateTime<Utc>) -> MutexGuard<'_, State> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let today = eastern::date(now);
        if state.day != Some(today) {
            *state = State { day: Some(today), ..State::default() };
        }
        state
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn the_allowance_ends_and_returns_at_midnight_in_new_york() {
        let quota = Quota::new(Some(2));
        let (evening, midnight) = (utc("2026-07-14T22:00:00Z"), utc("2026-07-15T04:00:00Z"));
        assert_eq!([quota.take(evening), quota.take(evening)], [Ok(()), Ok(())]);
        assert_eq!(quota.take(evening), Err(midnight));
        assert_eq!(quota.take(midnight), Ok(()));
    }

    #[test]
    fn the_vendors_word_counts_whatever_was_counted_here() {
        let quota = Quota::new(None);
        let (evening, midnight) = (utc("2026-07-14T22:00:00Z"), utc("2026-07-15T04:00:00Z"));
        assert_eq!(quota.take(evening), Ok(()));
        assert_eq!(quota.exhaust(evening), midnight);
        assert_eq!(quota.take(evening), Err(midnight));
        assert_eq!(quota.take(midnight), Ok(()));
    }
}
