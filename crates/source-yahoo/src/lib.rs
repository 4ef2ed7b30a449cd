//! Yahoo's chart API (v8) over HTTP: daily bars and corporate actions of foreign shares, indices and currencies.
//!
//! A call goes [`Client::history`] → `transport` (one GET) → `wire` (aligned arrays, null holes) → `normalize` (dates of
//! the exchange, prices and volumes **as traded**). Yahoo divides every price by all later splits; here they are
//! multiplied back, so that a stored bar never changes when the company splits again. `adjclose` is not used.
//!
//! Three sorts of trouble, three places:
//! * a bar that cannot be read is a [`RejectedRow`] beside the good ones; a hole (close `null`) is no bar and no trouble;
//! * an answer that must not be used (another granularity, arrays that do not align, wrong unit) is refused whole, and
//!   the error carries its raw page;
//! * everything else is a [`YahooError`] whose variant says what the caller should do. After a 429 the whole client
//!   rests: every further call fails at once with the same instant.
//!
//! This crate does not know the warehouse, reads no environment, and takes its clock as an argument; waiting uses tokio's
//! clock, which tests pause. No account is needed, but a browser's User-Agent is.

mod client;
mod config;
mod error;
mod fetched;
mod judge;
mod local_time;
mod normalize;
mod pace;
mod request;
mod rest;
mod retry;
mod stored;
mod symbol;
mod transport;
mod wire;

pub use client::{Client, Clock};
pub use config::ClientConfig;
pub use error::{Decision, YahooError};
pub use fetched::{GlobalHistory, InstrumentFacts, RawPage, RejectedRow, Row};
pub use stored::decode;
