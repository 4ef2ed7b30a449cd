//! How long to wait before the next attempt: exponential, bounded, with jitter from a seeded source.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use crate::ClientConfig;

/// The waits between attempts.
#[derive(Debug)]
pub(crate) struct Backoff {
    base: Duration,
    cap: Duration,
    /// State of the jitter; `None` = no jitter.
    jitter: Option<AtomicU64>,
}

impl Backoff {
    pub(crate) fn new(config: &ClientConfig) -> Self {
        Self { base: config.backoff_base, cap: config.backoff_cap, jitter: config.jitter_seed.map(AtomicU64::new) }
    }

    /// The wait after the `failed`-th failed attempt, counted from 1: `base × 2^(failed-1)`, at most the cap, lengthened
    /// by up to a half.
    pub(crate) fn after(&self, failed: u32) -> Duration {
        let doublings = failed.saturating_sub(1).min(31);
        let wait = self.base.saturating_mul(1 << doublings).min(self.cap);
        let stretch = self.jitter.as_ref().map_or(0.0, |state| 0.5 * next_unit(state));
        wait + wait.mul_f64(stretch)
    }
}

/// The next number in `[0, 1)` (SplitMix64): reproducible from a seed.
fn next_unit(state: &AtomicU64) -> f64 {
    const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut z = state.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_cap_and_jitter_only_lengthens_them() {
        let plain = Backoff::new(&ClientConfig::new(ClientConfig::DEFAULT_BASE_URL));
        let waits: Vec<u64> = (1..=6).map(|failed| plain.after(failed).as_secs()).collect();
        assert_eq!(waits, [5, 10, 20, 40, 60, 60]);
        assert_eq!(plain.after(u32::MAX).as_secs(), 60);
        let config = ClientConfig { jitter_seed: Some(7), ..ClientConfig::new(ClientConfig::DEFAULT_BASE_URL) };
        let jittered = Backoff::new(&config);
        let waits: Vec<f64> = (0..50).map(|_| jittered.after(1).as_secs_f64()).collect();
        assert!(waits.iter().all(|wait| (5.0..7.5).contains(wait)));
        assert!(waits.windows(2).any(|pair| pair[0] != pair[1]));
    }
}
