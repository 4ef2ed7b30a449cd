//! Tushare Pro over HTTP: fourteen interfaces, normalized to the terms of `market-model`.
//!
//! A call goes [`Client`] → `paging` (several pages, one set of rows) → `wire` (columns by name) → `normalize` (vendor
//! units → yuan and shares). Every answer comes back twice: as typed rows, and as the exact bytes that were received
//! ([`RawPage`]), so that the warehouse can keep the lineage of each number.
//!
//! Three sorts of trouble, three places:
//! * a row that cannot be read is a [`RejectedRow`] beside the good ones, never dropped and never fatal;
//! * an answer that must not be used (columns changed, wrong unit, contradictory pages) is refused whole, and the error
//!   carries its raw pages;
//! * everything else is a [`TushareError`] whose variant says what the caller should do.
//!
//! This crate does not know the warehouse, reads no environment, and takes its clock as an argument; waiting uses tokio's
//! clock, which tests pause. The token appears in the request body only: never in errors, logs or raw pages.

mod api;
mod beijing;
mod cell;
mod classify;
mod client;
mod config;
mod endpoints;
mod error;
mod fetched;
mod limits;
mod normalize;
mod paging;
mod retry;
mod secret;
mod stored;
mod transport;
mod whole_day;
mod wire;

pub use api::Api;
pub use beijing::{bars_available_at, last_closed_day};
pub use client::{Client, Clock};
pub use config::ClientConfig;
pub use error::{Decision, TushareError};
pub use fetched::{AdjFactor, Fetched, Listing, RawPage, RejectedRow, Row};
pub use secret::Secret;
pub use stored::{Stored, decode};
pub use whole_day::WholeDay;
