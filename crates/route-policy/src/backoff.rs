//! Short rests that grow while they do not help.

use std::time::Duration;

use crate::Tick;

/// Until when something is left alone, and how often in a row that was not enough.
#[derive(Clone, Debug, Default)]
pub(crate) struct Backoff {
    until: Tick,
    strikes: u32,
}

impl Backoff {
    /// Still resting?
    pub(crate) fn resting(&self, now: Tick) -> Option<Tick> {
        (self.until > now).then_some(self.until)
    }

    /// Rests for `asked`, or else for `first`, doubled for each strike in a row, at most `longest`. Strikes while it
    /// rests come from requests that were under way together: they are one.
    pub(crate) fn strike(
        &mut self,
        asked: Option<Duration>,
        first: Duration,
        longest: Duration,
        now: Tick,
    ) -> Duration {
        let already = self.resting(now).is_some();
        if !already {
            self.strikes = self.strikes.saturating_add(1);
        }
        let doubled = first.saturating_mul(1 << self.strikes.saturating_sub(1).min(16));
        let rest = asked.unwrap_or(doubled).min(longest);
        self.until = if already && asked.is_none() { self.until } else { self.until.max(now + rest) };
        self.until.since(now)
    }

    /// It answered. A rest that is under way goes on: the answer may be to an older request.
    pub(crate) fn answered(&mut self, now: Tick) {
        if self.strikes > 0 && self.resting(now).is_none() {
            self.strikes = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: fn(u64) -> Duration = Duration::from_secs;

    fn at(seconds: u64) -> Tick {
        Tick::from_millis(seconds * 1_000)
    }

    #[test]
    fn rests_double_to_a_bound_and_begin_anew_after_an_answer() {
        let mut backoff = Backoff::default();
        let mut now = at(1);
        for seconds in [2, 4, 8, 16, 30, 30] {
            let rest = backoff.strike(None, S(2), S(30), now);
            assert_eq!(rest, S(seconds));
            now = now + rest;
        }
        backoff.answered(now);
        assert_eq!(backoff.strike(None, S(2), S(30), now), S(2));
    }

    #[test]
    fn ten_refusals_of_one_burst_are_one_strike() {
        let mut backoff = Backoff::default();
        for _ in 0..10 {
            backoff.strike(None, S(2), S(30), at(1));
        }
        assert_eq!(backoff.resting(at(1)), Some(at(3)));
        let again = backoff.clone().strike(None, S(2), S(30), at(3));
        assert_eq!(again, S(4), "the next one is the second");
        backoff.answered(at(2));
        assert_eq!(backoff.resting(at(2)), Some(at(3)), "an older request's answer does not end a rest");
    }

    #[test]
    fn what_the_upstream_asks_for_is_kept_to() {
        let mut backoff = Backoff::default();
        assert_eq!(backoff.strike(Some(S(7)), S(2), S(60), at(0)), S(7));
        assert_eq!(backoff.strike(Some(S(20)), S(2), S(60), at(1)), S(20));
        assert_eq!(backoff.strike(Some(S(3_000)), S(2), S(60), at(1)), S(60));
    }
}
