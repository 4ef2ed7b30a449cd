//! The metrics.

use std::time::Duration;

use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};

pub(crate) fn describe() {
    describe_counter!(
        "search_requests_total",
        "Searches by outcome: fresh, hit, coalesced, stale, or why there was none"
    );
    describe_counter!("search_cache_hits_total", "Searches that the cache answered");
    describe_counter!("search_cache_misses_total", "Searches for which the cache had nothing fresh");
    describe_counter!("search_cache_errors_total", "Searches that the cache could not be asked for");
    describe_gauge!("search_cache_up", "Whether Redis serves as the cache");
    describe_gauge!("search_engine_up", "Whether an engine is asked");
    describe_counter!("search_upstream_failures_total", "Questions to SearXNG that failed, stale answers or not");
    describe_histogram!("search_upstream_seconds", "How long SearXNG took");
}

pub(crate) fn request(outcome: &'static str) {
    counter!("search_requests_total", "outcome" => outcome).increment(1);
}

pub(crate) fn upstream_failure(why: &'static str) {
    counter!("search_upstream_failures_total", "why" => why).increment(1);
}

pub(crate) fn cache_hit() {
    counter!("search_cache_hits_total").increment(1);
}

pub(crate) fn cache_miss() {
    counter!("search_cache_misses_total").increment(1);
}

pub(crate) fn cache_error() {
    counter!("search_cache_errors_total").increment(1);
}

pub(crate) fn cache_up(is_up: bool) {
    gauge!("search_cache_up").set(if is_up { 1.0 } else { 0.0 });
}

pub(crate) fn engine(name: &str, is_up: bool) {
    gauge!("search_engine_up", "engine" => name.to_owned()).set(if is_up { 1.0 } else { 0.0 });
}

pub(crate) fn upstream(took: Duration) {
    histogram!("search_upstream_seconds").record(took.as_secs_f64());
}
