//! How long a failed job waits before its next attempt.

use std::time::Duration;

/// Exponential back-off with jitter that depends only on the job's id and attempt, so that it can be tested and a re-computed
/// retry lands on the same delay.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Backoff {
    /// Wait after the first failure.
    pub base: Duration,
    /// Longest wait.
    pub max: Duration,
    /// Share of the wait by which it may be longer or shorter, 0.0 to 1.0.
    pub jitter: f64,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { base: Duration::from_secs(10), max: Duration::from_secs(15 * 60), jitter: 0.2 }
    }
}

impl Backoff {
    /// The wait after failed attempt number `attempt` (1 = the first) of job `id`: `base * 2^(attempt - 1)`, at most `max`, both
    /// spread by `jitter`.
    pub fn delay(&self, id: &str, attempt: u32) -> Duration {
        let doublings = attempt.saturating_sub(1).min(40);
        let wait = self.base.as_secs_f64() * f64::from(doublings).exp2();
        let spread = 1.0 + self.jitter.clamp(0.0, 1.0) * (2.0 * fraction(id, attempt) - 1.0);
        Duration::try_from_secs_f64(wait.min(self.max.as_secs_f64()) * spread).unwrap_or(self.max)
    }
}

/// FNV-1a of id and attempt, finished with a mixer, as a number in [0, 1).
fn fraction(id: &str, attempt: u32) -> f64 {
    let bytes = id.bytes().chain(attempt.to_le_bytes());
    let mut hash =
        bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash ^= hash >> 33;
    (hash >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn backoff(jitter: f64) -> Backoff {
        Backoff { base: Duration::from_secs(10), max: Duration::from_secs(60), jitter }
    }

    #[test]
    fn the_wait_doubles_up_to_the_maximum() {
        let waits: Vec<u64> = (1..=6).map(|attempt| backoff(0.0).delay("a", attempt).as_secs()).collect();
        assert_eq!(waits, [10, 20, 40, 60, 60, 60]);
        assert_eq!(backoff(0.0).delay("a", u32::MAX), Duration::from_secs(60));
    }

    #[test]
    fn jitter_stays_within_its_share_and_spreads() {
        let waits: Vec<f64> = (0..200).map(|n| backoff(0.2).delay(&format!("job-{n}"), 1).as_secs_f64()).collect();
        assert!(waits.iter().all(|wait| (8.0..=12.0).contains(wait)));
        assert!(waits.iter().any(|wait| *wait < 8.5) && waits.iter().any(|wait| *wait > 11.5));
    }

    #[test]
    fn the_same_job_and_attempt_always_waits_the_same() {
        assert_eq!(backoff(0.5).delay("daily@2026-11-20", 2), backoff(0.5).delay("daily@2026-11-20", 2));
        assert_ne!(backoff(0.5).delay("daily@2026-11-20", 1), backoff(0.5).delay("daily@2026-11-21", 1));
    }
}
