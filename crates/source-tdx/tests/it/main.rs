//! The client against recorded bytes, against scripted servers, and against the simulator.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod captures;
mod encode;
mod faults;
mod paging;
mod politeness;
mod properties;
mod questions;
mod samples;
mod server;
mod shared;
mod simulator;
mod simulator_faults;
mod units;
