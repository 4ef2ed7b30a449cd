//! ingest-worker over a private Redis and a simulated Tushare, in this process.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod backfill;
mod backfill_crash;
mod checks;
mod crash_recovery;
mod days;
mod decisions;
mod defects;
mod drain;
mod fallback;
mod findings;
mod fundamentals;
mod gateway_usage;
mod global_bars;
mod health;
mod incomplete_days;
mod log_capture;
mod macro_series;
mod missing_days;
mod names;
mod oracle;
mod order;
mod quality_stand_in;
mod quarantine;
mod real_data;
mod refusals;
mod revisions;
mod schedule;
mod settings;
mod tdx_day;
mod tdx_reference;
mod vendors;
mod wait;
mod whole_market;
mod wire_faults;
mod world;
