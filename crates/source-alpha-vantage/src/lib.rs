//! Alpha Vantage over HTTP: daily bars of US shares (and a few others) and of currency pairs, as a cross-check.
//!
//! A call goes [`Client::history`] → `transport` (one GET) → `wire` (an object by date, every value a string) →
//! `normalize`. Prices are as traded; the adjusted function also brings dividends and splits.
//!
//! The vendor answers every refusal with HTTP 200 and a one-key object, told apart by key and text in `classify`. Those
//! texts repeat the account's key: it is blanked out of every message **and** of every raw page before anybody sees it.
//!
//! The free allowance (25 requests a day, one a second) is counted in the [`Client`], which stops by itself until the next
//! midnight in New York; the vendor's own word for it counts all the same.
//!
//! This crate does not know the warehouse, reads no environment, and takes its clock as an argument; waiting uses tokio's
//! clock, which tests pause.

mod attempt;
mod classify;
mod client;
mod config;
mod eastern;
mod error;
mod fetched;
mod function;
mod normalize;
mod pace;
mod quota;
mod request;
mod retry;
mod secret;
mod stored;
mod transport;
mod wire;

pub use client::{Client, Clock};
pub use config::ClientConfig;
pub use error::{AlphaVantageError, Decision};
pub use fetched::{GlobalHistory, RawPage, RejectedRow, Row};
pub use function::{Function, OutputSize};
pub use secret::Secret;
pub use stored::decode;
