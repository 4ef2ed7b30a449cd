//! Waiting on conditions, with a bound.

use std::time::Duration;

/// Far more than anything here takes: a machine that builds at the same time is slow.
const BOUND: Duration = Duration::from_secs(120);
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// Asks again and again until there is an answer, which must come within the bound.
pub(crate) async fn for_some<R>(what: &str, mut ask: impl AsyncFnMut() -> Option<R>) -> R {
    let mut looks = tokio::time::interval(LOOK_EVERY);
    let asking = async {
        loop {
            looks.tick().await;
            if let Some(answer) = ask().await {
                return answer;
            }
        }
    };
    tokio::time::timeout(BOUND, asking).await.unwrap_or_else(|_| panic!("never came true: {what}"))
}

/// Waits until the condition holds.
pub(crate) async fn until(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    for_some(what, async || condition().await.then_some(())).await;
}
