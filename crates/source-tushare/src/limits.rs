//! The vendor's allowance of calls per minute, kept on our side so that its refusal is the exception.
//!
//! One bucket per interface. A token comes back 60 s after it was spent, not at a steady drip: so no window of 60 s,
//! wherever the vendor's minute begins, ever holds more calls than the allowance.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::{Instant, sleep_until};

use crate::{Api, ClientConfig};

const MINUTE: Duration = Duration::from_secs(60);

/// The buckets of one account.
#[derive(Debug)]
pub(crate) struct RateLimits {
    buckets: BTreeMap<Api, Mutex<Bucket>>,
}

#[derive(Debug)]
struct Bucket {
    capacity: usize,
    /// When the tokens out were spent, oldest first; at most `capacity` of them.
    spent: VecDeque<Instant>,
    /// Set by a refusal: the vendor counted more calls than we did.
    closed_until: Option<Instant>,
}

impl RateLimits {
    pub(crate) fn new(config: &ClientConfig) -> Self {
        let bucket = |api| Bucket {
            capacity: usize::try_from(config.calls_per_minute(api)).unwrap_or(usize::MAX),
            spent: VecDeque::new(),
            closed_until: None,
        };
        Self { buckets: Api::ALL.into_iter().map(|api| (api, Mutex::new(bucket(api)))).collect() }
    }

    /// Takes a token, waiting until there is one. Dropping the future while it waits spends nothing.
    pub(crate) async fn acquire(&self, api: Api) {
        loop {
            let wait_until = match self.bucket(api) {
                Some(mut bucket) => bucket.take(Instant::now()),
                None => return,
            };
            match wait_until {
                None => return,
                Some(instant) => sleep_until(instant).await,
            }
        }
    }

    /// Empties the bucket after the vendor said that the minute is spent: the next token is there in 60 s.
    pub(crate) fn exhaust(&self, api: Api) {
        if let Some(mut bucket) = self.bucket(api) {
            bucket.closed_until = Some(Instant::now() + MINUTE);
        }
    }

    fn bucket(&self, api: Api) -> Option<MutexGuard<'_, Bucket>> {
        // A bucket is consistent between any two statements, so a panic elsewhere does not spoil it.
        self.buckets.get(&api).map(|bucket| bucket.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Bucket {
    /// Takes a token, or says when to ask again.
    fn take(&mut self, now: Instant) -> Option<Instant> {
        if let Some(closed_until) = self.closed_until {
            if now < closed_until {
                return Some(closed_until);
            }
            self.closed_until = None;
        }
        while self.spent.front().is_some_and(|&spent| spent + MINUTE <= now) {
            self.spent.pop_front();
        }
        if self.spent.len() >= self.capacity {
            return self.spent.front().map(|&oldest| oldest + MINUTE);
        }
        self.spent.push_back(now);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Secret;

    fn limits(api: Api, calls: u32) -> RateLimits {
        let mut config = ClientConfig::new(Secret::new("t"));
        config.calls_per_minute.insert(api, calls);
        RateLimits::new(&config)
    }

    #[tokio::test(start_paused = true)]
    async fn calls_within_the_allowance_do_not_wait_and_the_next_one_waits_for_the_oldest() {
        let limits = limits(Api::Daily, 3);
        let start = Instant::now();
        for _ in 0..3 {
            limits.acquire(Api::Daily).await;
            tokio::time::advance(Duration::from_secs(1)).await;
        }
        assert_eq!(start.elapsed(), Duration::from_secs(3));
        limits.acquire(Api::Daily).await;
        assert!(start.elapsed() >= MINUTE && start.elapsed() < MINUTE + Duration::from_millis(10));
    }

    #[tokio::test(start_paused = true)]
    async fn no_window_of_a_minute_holds_more_calls_than_the_allowance() {
        let limits = limits(Api::Daily, 7);
        let mut calls = Vec::new();
        for n in 0..60_u64 {
            limits.acquire(Api::Daily).await;
            calls.push(Instant::now());
            // Uneven pauses, so that the window's edge falls everywhere.
            tokio::time::advance(Duration::from_millis((n * n * 131) % 9_000)).await;
        }
        for (n, call) in calls.iter().enumerate().skip(7) {
            assert!(*call - calls[n - 7] >= MINUTE, "call {n} came too early");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_closes_its_own_interface_for_a_minute_and_no_other() {
        let limits = limits(Api::Daily, 500);
        let start = Instant::now();
        limits.exhaust(Api::Daily);
        limits.acquire(Api::StkLimit).await;
        assert_eq!(start.elapsed(), Duration::ZERO);
        limits.acquire(Api::Daily).await;
        assert!(start.elapsed() >= MINUTE && start.elapsed() < MINUTE + Duration::from_millis(10));
    }

    #[tokio::test(start_paused = true)]
    async fn waiting_callers_are_all_served_once_tokens_return() {
        let limits = std::sync::Arc::new(limits(Api::Daily, 2));
        let start = Instant::now();
        let tasks: Vec<_> = (0..6)
            .map(|_| {
                let limits = std::sync::Arc::clone(&limits);
                tokio::spawn(async move { limits.acquire(Api::Daily).await })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        assert!(start.elapsed() >= 2 * MINUTE && start.elapsed() < 2 * MINUTE + Duration::from_millis(50));
    }
}
