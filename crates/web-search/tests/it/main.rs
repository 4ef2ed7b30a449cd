//! Searches against a simulated SearXNG and a private Redis.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod answers;
mod cache;
mod coalescing;
mod engines;
mod privacy;
mod redis_faults;
mod specification;
mod support;
mod upstream_faults;
