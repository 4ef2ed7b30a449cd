//! Limits per minute that the upstream also counts by the second.

use std::time::Duration;

use crate::Tick;

/// One unit in points: so a millisecond at `n` per minute is exactly `n` points.
const UNIT: i64 = 60_000;
/// The burst: what a tenth of a second brings, one unit at least. In any second at most a tenth more than a sixtieth of
/// the limit goes out.
const BURST_MS: i64 = 100;

/// A bucket that fills evenly. A request for more than it holds is let out when it is full, and the ones after it wait
/// until that is paid back: large prompts are not refused for being large.
#[derive(Clone, Debug)]
pub(crate) struct Smoothing {
    per_minute: i64,
    level: i64,
    last: Tick,
}

impl Smoothing {
    pub(crate) fn new(per_minute: u64, now: Tick) -> Self {
        let per_minute = i64::try_from(per_minute).unwrap_or(i64::MAX).min(1_000_000_000_000);
        Self { per_minute, level: burst(per_minute), last: now }
    }

    pub(crate) const fn per_minute(&self) -> u64 {
        self.per_minute.unsigned_abs()
    }

    /// When `amount` may go.
    pub(crate) fn free_from(&mut self, amount: u64, now: Tick) -> Tick {
        self.fill(now);
        let missing = points(amount).min(burst(self.per_minute)) - self.level;
        if missing <= 0 {
            return now;
        }
        let millis = missing.unsigned_abs().div_ceil(self.per_minute().max(1));
        now + Duration::from_millis(millis)
    }

    /// When `own` may go after `ahead` if nobody else comes, for estimates.
    pub(crate) fn expected(&mut self, ahead: u64, own: u64, now: Tick) -> Tick {
        self.fill(now);
        let last = points(own).min(burst(self.per_minute));
        let missing = points(ahead).saturating_add(last).saturating_sub(self.level).max(0);
        now + Duration::from_millis(missing.unsigned_abs().div_ceil(self.per_minute().max(1)))
    }

    pub(crate) fn take(&mut self, amount: u64, now: Tick) {
        self.fill(now);
        self.level = self.level.saturating_sub(points(amount));
    }

    /// What was taken as `from` turned out to be `to`.
    pub(crate) fn correct(&mut self, from: u64, to: u64, now: Tick) {
        self.fill(now);
        let level = self.level.saturating_add(points(from)).saturating_sub(points(to));
        self.level = level.min(burst(self.per_minute));
    }

    fn fill(&mut self, now: Tick) {
        let elapsed = i64::try_from(now.since(self.last).as_millis()).unwrap_or(i64::MAX);
        self.last = self.last.max(now);
        self.level = self.level.saturating_add(self.per_minute.saturating_mul(elapsed)).min(burst(self.per_minute));
    }
}

const fn burst(per_minute: i64) -> i64 {
    let burst = per_minute.saturating_mul(BURST_MS);
    if burst < UNIT { UNIT } else { burst }
}

fn points(amount: u64) -> i64 {
    i64::try_from(amount).unwrap_or(i64::MAX).saturating_mul(UNIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Tick {
        Tick::from_millis(millis)
    }

    /// Ticks at which a caller who asks every millisecond is let out.
    fn let_out(per_minute: u64, amount: u64, until_ms: u64) -> Vec<u64> {
        let mut smoothing = Smoothing::new(per_minute, at(0));
        (0..until_ms)
            .filter(|millis| {
                let free = smoothing.free_from(amount, at(*millis)) <= at(*millis);
                if free {
                    smoothing.take(amount, at(*millis));
                }
                free
            })
            .collect()
    }

    #[test]
    fn a_hundred_a_minute_go_out_one_by_one() {
        assert_eq!(let_out(100, 1, 2_000), [0, 600, 1_200, 1_800]);
    }

    #[test]
    fn in_no_second_much_more_than_a_sixtieth_goes_out() {
        let out = let_out(60_000, 1, 5_000);
        let busiest =
            out.iter().map(|from| out.iter().filter(|tick| (*from..from + 1_000).contains(*tick)).count()).max();
        assert!(busiest.is_some_and(|count| (1_000..=1_100).contains(&count)), "{busiest:?}");
    }

    #[test]
    fn a_large_request_goes_out_and_the_next_one_waits_until_it_is_paid_back() {
        assert_eq!(let_out(60_000, 5_000, 12_000), [0, 5_000, 10_000]);
    }

    #[test]
    fn what_turns_out_smaller_is_given_back() {
        let mut smoothing = Smoothing::new(60_000, at(0));
        smoothing.take(5_000, at(0));
        assert_eq!(smoothing.free_from(1, at(0)), at(4_901));
        smoothing.correct(5_000, 100, at(0));
        assert_eq!(smoothing.free_from(1, at(0)), at(1));
    }
}
