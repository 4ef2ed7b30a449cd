//! Queries that plan and scan: how many run at once, and for how long.
//!
//! They block a thread each, so they run beside the async workers; a request waits for a place no longer than it would
//! wait for its answer.

use std::{sync::Arc, time::Duration};

use daemon_kit::problem::Problem;
use tokio::{sync::Semaphore, time::Instant};
use warehouse::WarehouseError;

use crate::failure;

/// Bounds the blocking queries of one server.
#[derive(Debug, Clone)]
pub(crate) struct QueryPool {
    places: Arc<Semaphore>,
    timeout: Duration,
}

impl QueryPool {
    /// A pool of `places` queries at once, each bounded by `timeout`, the wait for a place included.
    pub(crate) fn new(places: usize, timeout: Duration) -> Self {
        Self { places: Arc::new(Semaphore::new(places)), timeout }
    }

    /// Runs `query` on a blocking thread. The reader stops its statements at the same limit, so a query that outlives its
    /// request does not do so for long.
    ///
    /// # Errors
    /// 503 `busy` if no place came free, 504 `query-timeout` if the query did not end; whatever else
    /// [`failure::problem`] makes of the query's own error.
    pub(crate) async fn run<T, Q>(&self, query: Q) -> Result<T, Problem>
    where
        T: Send + 'static,
        Q: FnOnce() -> Result<T, WarehouseError> + Send + 'static,
    {
        let deadline = Instant::now() + self.timeout;
        let place = tokio::time::timeout_at(deadline, self.places.clone().acquire_owned()).await;
        let Ok(Ok(place)) = place else { return Err(failure::busy()) };
        let running = tokio::task::spawn_blocking(move || {
            // Held by the thread, not by the request: a query that outlives its caller still takes its place.
            let _place = place;
            query()
        });
        match tokio::time::timeout_at(deadline, running).await {
            Ok(Ok(outcome)) => outcome.map_err(failure::problem),
            Ok(Err(panic)) => Err(failure::panicked(&panic)),
            Err(_) => Err(failure::timed_out(self.timeout)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn a_query_that_does_not_end_is_a_504_and_keeps_its_place_until_it_does() {
        let pool = QueryPool::new(1, Duration::from_millis(50));
        let (release, wait) = mpsc::channel::<()>();
        let slow = pool.run(move || {
            let _ = wait.recv();
            Ok(())
        });
        assert_eq!(slow.await.unwrap_err().kind(), "query-timeout");
        assert_eq!(pool.run(|| Ok(())).await.unwrap_err().kind(), "busy");
        drop(release);
        let _freed = pool.places.acquire().await.unwrap();
    }

    #[tokio::test]
    async fn a_query_that_panics_is_an_internal_error() {
        let pool = QueryPool::new(1, Duration::from_secs(5));
        let problem = pool.run(|| -> Result<(), WarehouseError> { panic!("bug") }).await.unwrap_err();
        assert_eq!(problem.kind(), "internal");
        assert_eq!(pool.run(|| Ok(7)).await.unwrap(), 7);
    }
}
