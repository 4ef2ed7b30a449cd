//! Tasks that must not end: one that panics is begun again.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

/// Pause before a task that panicked is begun again.
const PAUSE: Duration = Duration::from_secs(1);

/// Runs what `begin` makes until it ends by itself or `shutdown`, and again after a panic.
pub(crate) async fn supervise<T>(name: &'static str, shutdown: CancellationToken, begin: impl Fn() -> T)
where
    T: Future<Output = ()> + Send + 'static,
{
    loop {
        match tokio::spawn(begin()).await {
            Ok(()) => return,
            Err(error) => {
                metrics::counter!("gateway_task_panics_total", "task" => name).increment(1);
                tracing::error!(task = name, "{name} panicked and is begun again: {error}");
            }
        }
        if shutdown.run_until_cancelled(tokio::time::sleep(PAUSE)).await.is_none() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    };

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_task_that_panics_is_begun_again_and_one_that_ends_is_not() {
        let begun = Arc::new(AtomicU32::new(0));
        let count = begun.clone();
        supervise("test", CancellationToken::new(), move || {
            let nth = count.fetch_add(1, Ordering::Relaxed);
            async move { assert!(nth >= 2, "the first two panic") }
        })
        .await;
        assert_eq!(begun.load(Ordering::Relaxed), 3);
    }
}
