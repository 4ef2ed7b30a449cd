//! Log lines of a daemon: readable on a terminal, one JSON object per line elsewhere, always on standard error.

mod init;
mod json;

pub use init::{Telemetry, TelemetryError, init};
