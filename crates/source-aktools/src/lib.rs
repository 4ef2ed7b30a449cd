//! Macroeconomic series of China from AKTools 0.0.91, the HTTP front of akshare.
//!
//! A call goes [`Client`] → `cache` (one answer per function and day) → `wire` (an array of objects, columns by their
//! Chinese names) → `normalize` (periods, units). Every answer comes back twice: as typed rows, and as the exact bytes
//! that were received ([`RawPage`]).
//!
//! akshare scrapes live sites, so its tables change without notice. What this crate does about it:
//! * which column of which function is which series is data ([`SERIES`]), not code;
//! * a missing or renamed column refuses the whole answer, and the error carries its raw page;
//! * the day a figure was published and the period it is about are kept apart; where the table gives only the one, the
//!   other follows by the rule of the series ([`PeriodRule`]) or stays unknown;
//! * a release that is announced and has no figure yet is left out: it never becomes a 0.
//!
//! The server executes its parameters inside an expression, so values are held to a short list of characters here. This
//! crate does not know the warehouse, reads no environment, and takes its clock as an argument.

mod cache;
mod cell;
mod classify;
mod client;
mod config;
mod endpoints;
mod error;
mod fetched;
mod normalize;
mod params;
mod retry;
mod series;
mod shanghai;
mod stored;
mod transport;
mod wire;

pub use client::{Client, Clock};
pub use config::ClientConfig;
pub use endpoints::Version;
pub use error::{AktoolsError, Decision};
pub use fetched::{Fetched, RawPage, RejectedRow, Row};
pub use series::{PeriodRule, PublicationRule, SERIES, SeriesSpec, functions, series_named};
pub use stored::decode;
