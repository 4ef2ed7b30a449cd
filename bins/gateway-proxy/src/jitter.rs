//! Small differences, so that what begins together does not stay together.

use std::time::Duration;

use chrono::{DateTime, Utc};

/// Spans that look random; not for secrets.
#[derive(Debug)]
pub(crate) struct Jitter(u64);

impl Jitter {
    /// Another sequence for every moment and process.
    pub(crate) fn new(started: DateTime<Utc>) -> Self {
        let nanos = started.timestamp_nanos_opt().unwrap_or_default().unsigned_abs();
        Self(nanos ^ u64::from(std::process::id()).rotate_left(32))
    }

    /// The next span, below `bound`.
    pub(crate) fn within(&mut self, bound: Duration) -> Duration {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        let millis = u64::try_from(bound.as_millis()).unwrap_or(u64::MAX);
        Duration::from_millis(mixed.checked_rem(millis).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_stay_below_the_bound_and_differ() {
        let mut jitter = Jitter::new(DateTime::UNIX_EPOCH);
        let spans: Vec<Duration> = (0..100).map(|_| jitter.within(Duration::from_secs(30))).collect();
        assert!(spans.iter().all(|span| *span < Duration::from_secs(30)));
        let (short, long) = (spans.iter().min().unwrap(), spans.iter().max().unwrap());
        assert!(*short < Duration::from_secs(5) && *long > Duration::from_secs(25), "{short:?} {long:?}");
        assert_eq!(jitter.within(Duration::ZERO), Duration::ZERO);
    }
}
