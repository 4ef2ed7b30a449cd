//! The daemons' own binaries against faults: crashes, a failing Redis, a full disk, readers, operators and the demo.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod backfill;
mod backup;
mod bad_input;
mod crash_points;
mod demo;
mod disk_full;
mod gateway;
mod live_readers;
mod operator;
mod parquet;
mod quality;
mod random_kills;
mod recipes;
mod redis_faults;
mod registry;
mod registry_orders;
mod replica;
mod rolling_restart;
mod search;
mod status;
mod upgrade;
