//! How long to wait before the next attempt: exponential, bounded, with jitter from a seeded source.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use crate::ClientConfig;

/// Lengthens waits by up to a half, so that clients that failed together do not return together.
#[derive(Debug)]
pub(crate) struct Jitter(Option<AtomicU64>);

impl Jitter {
    /// `None` = no jitter.
    pub(crate) fn new(seed: Option<u64>) -> Self {
        Self(seed.map(AtomicU64::new))
    }

    pub(crate) fn lengthen(&self, wait: Duration) -> Duration {
        let stretch = self.0.as_ref().map_or(0.0, |state| 0.5 * next_unit(state));
        wait.saturating_add(Duration::try_from_secs_f64(wait.as_secs_f64() * stretch).unwrap_or_default())
    }
}

/// The waits between attempts.
#[derive(Debug)]
pub(crate) struct Backoff {
    base: Duration,
    cap: Duration,
}

impl Backoff {
    pub(crate) fn new(config: &ClientConfig) -> Self {
        Self { base: config.backoff_base, cap: config.backoff_cap }
    }

    /// The wait after the `failed`-th failed attempt, counted from 1: `base × 2^(failed-1)`, at most the cap, before the
    /// jitter.
    pub(crate) fn after(&self, failed: u32, jitter: &Jitter) -> Duration {
        let doublings = failed.saturating_sub(1).min(31);
        jitter.lengthen(self.base.saturating_mul(1 << doublings).min(self.cap))
    }
}

/// The next number in `[0, 1)` (SplitMix64). Quality hardly matters here; being reproducible from a seed does.
fn next_unit(state: &AtomicU64) -> f64 {
    const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut z = state.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (((z ^ (z >> 31)) >> 11) as f64) / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_cap() {
        let backoff = Backoff::new(&ClientConfig::default());
        let waits = (1..=7).map(|failed| backoff.after(failed, &Jitter::new(None)).as_secs());
        assert_eq!(waits.collect::<Vec<_>>(), [2, 4, 8, 16, 30, 30, 30]);
    }

    #[test]
    fn jitter_lengthens_by_at_most_a_half_and_repeats_with_its_seed() {
        let (one, two) = (Jitter::new(Some(7)), Jitter::new(Some(7)));
        let second = Duration::from_secs(1);
        let waits: Vec<Duration> = (0..100).map(|_| one.lengthen(second)).collect();
        assert_eq!(waits, (0..100).map(|_| two.lengthen(second)).collect::<Vec<_>>());
        assert!(waits.iter().all(|wait| (1.0..1.5).contains(&wait.as_secs_f64())));
        assert!(waits.windows(2).any(|pair| pair[0] != pair[1]));
        assert_eq!(one.lengthen(Duration::MAX), Duration::MAX);
    }
}
