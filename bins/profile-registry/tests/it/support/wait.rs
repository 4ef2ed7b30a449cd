//! Waiting on conditions, never on time.

use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval};

/// Longer than anything takes here.
const BOUND: Duration = Duration::from_secs(10);

/// Looks until there is something.
pub(crate) async fn eventually<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let until = Instant::now() + BOUND;
    let mut ticks = interval(Duration::from_millis(2));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Some(found) = look().await {
            return found;
        }
        assert!(Instant::now() < until, "in vain: {what}");
    }
}
