//! The simulated SearXNG, asked over HTTP.

#![expect(clippy::unwrap_used, reason = "a test that cannot talk to the server must fail")]

mod answers;
mod control;
mod engines;
mod harness;
mod refusals;
