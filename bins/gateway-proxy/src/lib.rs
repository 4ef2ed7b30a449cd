//! The token gateway: one OpenAI-compatible endpoint over a pool of keys.
//!
//! ```text
//! caller ─► auth ─► relay ─► desk (router) ─► upstreams ─► provider
//!                     │         ▲    ▲
//!                   record      │    └── channels, prices: configuration, books, operators
//!                     ▼         │
//!                   ledger ─► leases       health ─► probes ─► what rests and recovers
//! ```
//!
//! [`run`] is the daemon; [`import_new_api`] takes over another gateway's channels. Decisions are `route_policy`'s, dialects
//! and connections `llm_upstream`'s, books `gateway_ledger`'s; here they meet. Requests need none of Redis: its queue brings
//! jobs, takes roll-ups and tells the other daemons about tokens, and may come and go.

mod admin;
mod auth;
mod channel_table;
mod channels;
mod console;
pub mod crash_point;
mod daemon;
mod events;
mod fits;
mod gateway;
mod gauges;
mod health;
mod import_new_api;
mod jitter;
mod jobs;
mod leases;
mod lifecycle;
mod measure;
mod prices;
mod pump;
mod reconcile;
mod record;
mod refusal;
mod relay;
mod retention;
mod rollups;
mod router;
mod routes;
mod run;
mod search;
mod supervise;
mod time;
mod tokens;
mod unpriced;

pub use daemon_kit::crash_point::CrashPoint;
pub use import_new_api::{Import, import_new_api};
pub use run::{Options, run};
