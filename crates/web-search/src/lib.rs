//! Searches through a self-hosted SearXNG: cached, coalesced, and honest when engines fail.
//!
//! ```text
//! caller ─► Limiter ─► WebSearch ─► Redis: fresh? ──yes──► answer
//!                          │no
//!                          └─► one flight per query ─► SearXNG, by the engines that work ─► Redis, everybody who waits
//!                                                          └─ failed ─► the stale answer of up to 7 days ago, or why not
//! ```
//!
//! * SearXNG answers 200 when every engine failed. Here that is [`SearchFailed::EnginesFailed`], with the reasons.
//! * What a query says is in no log, no error, no `Debug`, and nowhere in Redis: keys are keyed hashes, and an answer is
//!   sealed under a key that only the query itself opens.
//! * Redis is not needed: without it answers are slower, and `search_cache_up` says so.
//! * What SearXNG answers is passed on byte for byte, value by value, but for `query` (the caller's own text is put back)
//!   and `stale` with `as_of`, which are added to an answer that is served because no new one is to be had.
//!
//! Metrics: `search_requests_total{outcome}` (`fresh`, `hit`, `coalesced`, `stale`, or [`SearchFailed::name`]),
//! `search_cache_hits_total`, `search_cache_misses_total`, `search_cache_errors_total`, `search_cache_up`,
//! `search_engine_up{engine}`, `search_upstream_seconds`, `search_upstream_failures_total{why}`.
//!
//! It knows nothing of tokens, HTTP servers or configuration files.

mod answer;
mod cache;
mod flights;
mod found;
mod health;
mod limiter;
mod measure;
mod now;
mod options;
mod query;
mod search;
mod search_failed;
mod upstream;

pub use found::{Engines, Found, Origin};
pub use health::{EngineState, EngineStatus};
pub use limiter::{CallerKey, Limited, Limiter, Remaining};
pub use now::Now;
pub use options::{CacheKey, CacheOptions, FreshFor, OptionsError, SearchOptions};
pub use query::{BadQuery, SearchQuery, TimeRange};
pub use search::WebSearch;
pub use search_failed::SearchFailed;
