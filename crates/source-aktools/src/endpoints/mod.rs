//! The questions, one file each.

mod bars;
mod series;
mod trading_days;
mod version;

pub use version::Version;
