//! From one publisher through a real Redis to followers and their files.

#![expect(clippy::unwrap_used, reason = "a test may end where a value is missing, in its helpers too")]

mod faults;
mod file;
mod flow;
mod log_capture;
mod secrets;
mod support;
