//! What every daemon shares: configuration, clock, telemetry, metrics, health, shutdown, HTTP server and client.
//!
//! The kit knows nothing about markets, queues or warehouses. It is the one place that reads the environment
//! ([`config::Environment`]), the wall clock ([`clock::Clock`]) and the process's signals ([`shutdown`]); everybody
//! else gets what they need as an argument.
//!
//! A daemon's `main` is these calls in this order: [`config::Config::load`], [`telemetry::init`],
//! [`metrics::install`], [`shutdown::on_signals`], then a [`server::Server`] beside the daemon's own work.

pub mod body;
pub mod clock;
pub mod config;
pub mod crash_point;
pub mod disk;
pub mod health_check;
pub mod http;
pub mod limiter;
pub mod metrics;
pub mod problem;
pub mod readiness;
pub mod request_id;
pub mod server;
pub mod shutdown;
pub mod telemetry;
pub mod terminal;
