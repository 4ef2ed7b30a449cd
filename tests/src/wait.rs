//! Waiting on conditions, never on elapsed time.

use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval};

/// What a test waits for at most. Generous: a test that fails waits this long, one that passes does not.
const BOUND: Duration = Duration::from_secs(90);
const EVERY: Duration = Duration::from_millis(10);

/// Asks `probe` again and again until it has an answer.
///
/// # Panics
/// If there is none within 90 seconds.
pub async fn eventually<T>(what: &str, probe: impl AsyncFnMut() -> Option<T>) -> T {
    within(BOUND, what, probe).await
}

/// [`eventually`] with a bound of one's own.
///
/// # Panics
/// If there is no answer within `bound`.
pub async fn within<T>(bound: Duration, what: &str, mut probe: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + bound;
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Some(answer) = probe().await {
            return answer;
        }
        assert!(Instant::now() < deadline, "not within {bound:?}: {what}");
    }
}
