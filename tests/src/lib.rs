//! Several daemons together, over real sockets, Redis and DuckDB: the helpers of the tests in `tests/`.
//!
//! A [`Stage`] is a private Redis, a simulated vendor and a configuration; on it the daemons' own binaries run as child
//! processes ([`Daemon`]) that tests kill, starve and start again, while [`Readers`] look at everything that is
//! published and prove it whole.
//!
//! A helper that cannot do its work panics: it is part of a test.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

pub mod browser;
mod command;
pub mod console;
mod daemon;
pub mod detection;
pub mod gateway;
mod http;
mod python;
mod readers;
pub mod replica;
pub mod search;
mod stage;
mod truth;
pub mod upgrade;
mod wait;

pub use command::{Answer, binary, run};
pub use daemon::Daemon;
pub use http::{API_TOKEN, Http};
pub use python::{interop_script, python_with};
pub use readers::Readers;
pub use stage::{Settings, Stage};
pub use truth::{market, present_days, recent_market};
pub use wait::{eventually, within};
