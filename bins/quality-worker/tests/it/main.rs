//! quality-worker over a private Redis, a real warehouse and a receiver of alerts.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod alerts;
mod checks;
mod crashes;
mod disk;
mod freshness;
mod health;
mod operator;
mod replica;
mod shop;
mod specification;
mod wait;
mod watch;
mod world;
