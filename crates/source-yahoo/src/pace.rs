//! Even spacing of the requests: a burst is what a vendor without a published allowance punishes first.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::{Instant, sleep_until};

/// Lets one request pass per interval.
#[derive(Debug)]
pub(crate) struct Pace {
    interval: Duration,
    next: Mutex<Option<Instant>>,
}

impl Pace {
    pub(crate) fn per_minute(requests: u32) -> Self {
        Self { interval: Duration::from_secs(60) / requests.max(1), next: Mutex::new(None) }
    }

    /// Waits for the next free place. Dropping the future while it waits takes none.
    pub(crate) async fn wait(&self) {
        loop {
            match self.take(Instant::now()) {
                None => return,
                Some(later) => sleep_until(later).await,
            }
        }
    }

    /// Takes the place, or says when to ask again.
    fn take(&self, now: Instant) -> Option<Instant> {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(free) = next.filter(|free| now < *free) {
            return Some(free);
        }
        *next = Some(now + self.interval);
        None
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn requests_are_spaced_evenly_however_many_wait() {
        let pace = Arc::new(Pace::per_minute(30));
        let start = Instant::now();
        let tasks: Vec<_> = (0..4)
            .map(|_| {
                let pace = Arc::clone(&pace);
                tokio::spawn(async move {
                    pace.wait().await;
                    start.elapsed().as_millis()
                })
            })
            .collect();
        let mut passed = Vec::new();
        for task in tasks {
            passed.push(task.await.unwrap());
        }
        passed.sort_unstable();
        for (place, passed) in passed.into_iter().enumerate() {
            let due = 2_000 * place as u128;
            assert!((due..due + 50).contains(&passed), "place {place} passed after {passed} ms");
        }
    }
}
