//! The whole server over HTTP: a real writer's warehouse, a real socket.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics, in its helpers, too")]

mod access_tokens;
mod admin_backfill;
mod admin_ingest;
mod admin_quality;
mod admin_quarantine;
mod app;
mod auth;
mod bad_input;
mod caching;
mod console;
mod daily_curated;
mod daily_formats;
mod daily_layers;
mod docs;
mod features;
mod findings;
mod fundamentals;
mod hot_swap;
mod macro_series;
mod market;
mod pages;
mod quality_logs;
mod quality_rules;
mod quality_status;
mod quarantine;
mod readiness;
mod replica;
mod search;
mod sources;
mod world;
