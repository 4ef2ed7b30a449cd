//! The program itself: over a warehouse that a real writer published, and a real Redis.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics, in its helpers, too")]

mod channels;
mod check_config;
mod command_line;
mod decisions;
mod parquet;
mod quality;
mod quarantine;
mod stage;
mod tokens;
