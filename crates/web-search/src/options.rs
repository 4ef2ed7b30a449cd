//! Settings of a search.

use std::{fmt, time::Duration};

use reqwest::Url;

use crate::TimeRange;

/// Settings of a [`WebSearch`](crate::WebSearch).
#[derive(Clone)]
pub struct SearchOptions {
    /// Where SearXNG is; `/search` is appended. It may hold credentials.
    pub searxng: Url,
    /// How long one call of SearXNG may take, from connecting to the last byte. It waits 3 s for its engines itself.
    pub timeout: Duration,
    /// Engines for Chinese queries, by SearXNG's names.
    pub engines_chinese: Vec<String>,
    /// Engines for all others. Either group stands in for the other one when that fails.
    pub engines_global: Vec<String>,
    /// How long an answer is as good as new.
    pub fresh_for: FreshFor,
    /// For how much longer it is better than none.
    pub stale_for: Duration,
    /// Where answers are kept. `None`: nowhere.
    pub cache: Option<CacheOptions>,
    /// Different queries that may be under way at the same time; one more is refused. Default 128.
    pub max_flights: usize,
    /// Largest answer that is read. Default 2 MiB; the usual one has 20 to 100 KiB.
    pub max_body_bytes: usize,
}

impl SearchOptions {
    /// The usual settings for a SearXNG at this address, without a cache.
    pub fn new(searxng: Url) -> Self {
        let names = |names: [&str; 4]| names.map(str::to_owned).to_vec();
        Self {
            searxng,
            timeout: Duration::from_secs(6),
            engines_chinese: names(["baidu", "sogou", "360search", "bing"]),
            engines_global: names(["google", "duckduckgo", "brave", "yep"]),
            fresh_for: FreshFor::default(),
            stale_for: Duration::from_hours(7 * 24),
            cache: None,
            max_flights: 128,
            max_body_bytes: 2 << 20,
        }
    }
}

impl fmt::Debug for SearchOptions {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The address may hold credentials.
        out.debug_struct("SearchOptions")
            .field("timeout", &self.timeout)
            .field("engines_chinese", &self.engines_chinese)
            .field("engines_global", &self.engines_global)
            .field("fresh_for", &self.fresh_for)
            .field("stale_for", &self.stale_for)
            .field("cache", &self.cache)
            .field("max_flights", &self.max_flights)
            .field("max_body_bytes", &self.max_body_bytes)
            .finish_non_exhaustive()
    }
}

/// How long an answer is as good as new, by the time range that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FreshFor {
    /// The last day. Default 10 minutes.
    pub day: Duration,
    /// The last week. Default one hour.
    pub week: Duration,
    /// The last month. Default 6 hours.
    pub month: Duration,
    /// The last year, and no range. Default 24 hours.
    pub longer: Duration,
    /// At most this where an engine failed, or nothing was found. Default 10 minutes.
    pub incomplete: Duration,
}

impl FreshFor {
    /// For this range.
    pub fn of(&self, range: Option<TimeRange>) -> Duration {
        match range {
            Some(TimeRange::Day) => self.day,
            Some(TimeRange::Week) => self.week,
            Some(TimeRange::Month) => self.month,
            Some(TimeRange::Year) | None => self.longer,
        }
    }
}

impl Default for FreshFor {
    fn default() -> Self {
        Self {
            day: Duration::from_mins(10),
            week: Duration::from_hours(1),
            month: Duration::from_hours(6),
            longer: Duration::from_hours(24),
            incomplete: Duration::from_mins(10),
        }
    }
}

/// Where answers are kept.
#[derive(Clone)]
pub struct CacheOptions {
    /// `redis://[user:password@]host:port/[db]`.
    pub redis: String,
    /// What keys are made with. Processes that share a cache share it; with another one nothing is found again.
    pub key: CacheKey,
    /// How long Redis may be silent before a search goes on without it. Default 50 ms.
    pub patience: Duration,
}

impl CacheOptions {
    /// The usual settings.
    pub fn new(redis: impl Into<String>, key: CacheKey) -> Self {
        Self { redis: redis.into(), key, patience: Duration::from_millis(50) }
    }
}

impl fmt::Debug for CacheOptions {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("CacheOptions").field("patience", &self.patience).finish_non_exhaustive()
    }
}

/// The secret from which the names of cached answers and their seals are made.
#[derive(Clone, PartialEq, Eq)]
pub struct CacheKey([u8; 32]);

impl CacheKey {
    /// From 32 random bytes.
    pub fn new(secret: [u8; 32]) -> Self {
        Self(secret)
    }

    pub(crate) fn secret(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for CacheKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("CacheKey(…)")
    }
}

/// A setting that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OptionsError {
    /// The address of Redis; the text does not hold it.
    #[error("the redis url cannot be used: {0}")]
    InvalidRedisUrl(String),
    /// The address of SearXNG; the text does not hold it.
    #[error("the address of searxng cannot be used: {0}")]
    InvalidSearxngUrl(&'static str),
}
