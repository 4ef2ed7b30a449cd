//! What a test may change about the worker and the vendor.

use std::{path::Path, time::Duration};

use chrono::{DateTime, NaiveDate, Utc};
use ingest_worker::Pace;
use job_queue::{Backoff, WorkersOptions};
use upstream_simulators::{Market, TushareOptions, tushare::RateLimits};

use crate::{vendors::Wanted, world::shanghai};

/// The token that the simulated vendor accepts, unless a test says otherwise.
pub(crate) const TOKEN: &str = "c0ffee-simulated-account-token";

/// What a test may change before the worker starts.
pub(crate) struct Settings {
    pub(crate) vendor: TushareOptions,
    pub(crate) now: DateTime<Utc>,
    pub(crate) pace: Pace,
    pub(crate) token: String,
    pub(crate) concurrency: usize,
    /// Attempts of a job.
    pub(crate) attempts: u32,
    /// Attempts of a call.
    pub(crate) call_attempts: u32,
    pub(crate) request_timeout_s: u32,
    pub(crate) keep_from: Option<NaiveDate>,
    /// Somebody else's Redis in place of the world's own.
    pub(crate) redis_url: Option<String>,
    /// Redis of the queue `quality`, if it has one of its own.
    pub(crate) quality_redis_url: Option<String>,
    /// The cron expression of the daily fetch.
    pub(crate) daily_market: &'static str,
    /// From when on a day's bars count as final.
    pub(crate) publication_time: &'static str,
    /// The vendors besides Tushare.
    pub(crate) vendors: Wanted,
    /// Lines of `[ingest-worker.schedule]` beyond those that switch everything off.
    pub(crate) schedule: &'static str,
    /// Codes of a backfill that are fetched at the same time.
    pub(crate) backfill_concurrency: usize,
    /// Length of one stretch of a backfill, seconds; 5 at least.
    pub(crate) slice_s: u32,
    /// Lines of `[ingest-worker]`.
    pub(crate) worker: &'static str,
    /// Threads of the writer's DuckDB.
    pub(crate) threads: u32,
    /// Whether the worker has threads of its own, so that it can be killed.
    pub(crate) mortal: bool,
}

impl Settings {
    /// 20:00 of the market's last day, nothing scheduled, quick retries.
    pub(crate) fn of(market: &Market) -> Self {
        let quick = Duration::from_millis(10);
        let workers =
            WorkersOptions { poll: quick, promote: quick, grace: Duration::from_secs(10), ..WorkersOptions::default() };
        let backoff = Backoff { base: Duration::from_millis(50), max: Duration::from_millis(200), jitter: 0.2 };
        // One look at the start; whoever wants more says so.
        let pace = Pace { reconcile_every: Duration::from_secs(3600), backoff, workers, ..Pace::default() };
        Self {
            vendor: TushareOptions { token: TOKEN.to_owned(), limits: RateLimits::none(), ..TushareOptions::default() },
            now: shanghai(market.range().1, 20, 0),
            pace,
            token: TOKEN.to_owned(),
            concurrency: 8,
            attempts: 3,
            call_attempts: 3,
            request_timeout_s: 20,
            keep_from: None,
            redis_url: None,
            quality_redis_url: None,
            daily_market: "off",
            publication_time: "15:30",
            vendors: Wanted::default(),
            schedule: "",
            backfill_concurrency: 8,
            slice_s: 600,
            worker: "",
            // What is computed by so few rows takes half as long with one.
            threads: 1,
            mortal: false,
        }
    }

    /// The configuration file of a worker over this warehouse, Redis and vendor.
    pub(crate) fn toml(&self, root: &Path, redis: &str, vendor: &str, others: &str) -> String {
        let Settings {
            token,
            concurrency,
            attempts,
            call_attempts,
            request_timeout_s,
            daily_market,
            publication_time,
            schedule,
            backfill_concurrency,
            slice_s,
            worker,
            threads,
            ..
        } = self;
        // A test names what it wants; everything else is off.
        let off = ["tdx_daily_market", "global_market", "macro_series", "fundamentals", "backfill"];
        let off: String =
            off.into_iter().filter(|key| !schedule.contains(key)).map(|key| format!("{key} = \"off\"\n")).collect();
        let keep_from = self.keep_from.map(|day| format!("keep_from = \"{day}\"")).unwrap_or_default();
        let quality = self.quality_redis_url.as_ref().map(|url| format!("urls.quality = {url:?}")).unwrap_or_default();
        format!(
            r#"
            [warehouse]
            root = "{root}"
            memory_limit_mb = 512
            threads = {threads}
            [queue]
            redis_url = "{redis}"
            {quality}
            [ingest-worker]
            {keep_from}
            publication_time = "{publication_time}"
            fetch_concurrency = {concurrency}
            max_attempts = {attempts}
            publish_coalesce_ms = 20000
            {worker}
            [ingest-worker.schedule]
            daily_market = "{daily_market}"
            reference = "off"
            expire_features = "off"
            compact = "off"
            {off}
            {schedule}
            [ingest-worker.backfill]
            concurrency = {backfill_concurrency}
            slice_s = {slice_s}
            [ingest-worker.tushare]
            base_url = "{vendor}"
            token = "{token}"
            request_timeout_s = {request_timeout_s}
            max_attempts = {call_attempts}
            [ingest-worker.tushare.calls_per_minute]
            default = 100000
            {others}
            "#,
            root = root.display(),
            redis = self.redis_url.as_deref().unwrap_or(redis),
        )
    }
}
