//! Simulated vendors for tests and the demo.
//!
//! A [`Market`] holds the truth; a server in front of it speaks the vendor's language, byte by byte, and misbehaves on
//! request. Tests change the state (the market, the faults, the clock), never the HTTP.

mod clock;
mod market;
pub mod tushare;

pub use clock::{Clock, SimClock, from_shanghai, to_shanghai};
pub use market::{Market, MarketSpec};
pub use tushare::{Fault, TushareFaults, TushareOptions, TushareServer};
