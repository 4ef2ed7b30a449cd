//! The rest after a 429: nobody asks until it is over.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};

use crate::retry::Jitter;

/// A rest grows with each refusal in a row, up to 2 to this power.
const MOST_DOUBLINGS: u32 = 3;

/// When the client may ask again.
#[derive(Debug)]
pub(crate) struct Rest {
    pause: Duration,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    until: Option<DateTime<Utc>>,
    refusals_in_a_row: u32,
}

impl Rest {
    pub(crate) fn new(pause: Duration) -> Self {
        Self { pause, state: Mutex::default() }
    }

    /// The end of the rest, while it lasts.
    pub(crate) fn until(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.state().until.filter(|until| now < *until)
    }

    /// Starts a rest and gives its end.
    pub(crate) fn begin(&self, now: DateTime<Utc>, jitter: &Jitter) -> DateTime<Utc> {
        let mut state = self.state();
        // Several requests were under way when the first refusal came: they are one refusal.
        if let Some(until) = state.until.filter(|until| now < *until) {
            return until;
        }
        let pause = self.pause.saturating_mul(1 << state.refusals_in_a_row.min(MOST_DOUBLINGS));
        let pause = TimeDelta::from_std(jitter.lengthen(pause)).unwrap_or(TimeDelta::days(1));
        let until = now.checked_add_signed(pause).unwrap_or(DateTime::<Utc>::MAX_UTC);
        state.refusals_in_a_row += 1;
        state.until = Some(until);
        until
    }

    /// The vendor serves again.
    pub(crate) fn served(&self) {
        self.state().refusals_in_a_row = 0;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes)
    }

    #[test]
    fn rests_double_with_each_refusal_in_a_row_and_start_anew_once_served() {
        let (rest, jitter) = (Rest::new(Duration::from_secs(600)), Jitter::new(None));
        let mut now = 0;
        for expected in [10, 20, 40, 80, 80] {
            assert_eq!(rest.begin(at(now), &jitter), at(now + expected));
            now += expected;
            assert_eq!(rest.until(at(now)), None);
        }
        rest.served();
        assert_eq!(rest.begin(at(now), &jitter), at(now + 10));
    }

    #[test]
    fn refusals_of_requests_that_were_under_way_are_one() {
        let (rest, jitter) = (Rest::new(Duration::from_secs(600)), Jitter::new(None));
        let until = rest.begin(at(0), &jitter);
        assert_eq!(rest.begin(at(1), &jitter), until);
        assert_eq!(rest.until(at(9)), Some(until));
    }
}
