//! The simulated TDX servers, as a client on the other end of a socket sees them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod agreement;
mod connection;
mod control;
mod decode;
mod faults;
mod harness;
mod intraday;
mod reference;
mod revisions;
mod time;
mod truth;
