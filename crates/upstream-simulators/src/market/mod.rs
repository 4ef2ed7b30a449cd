//! A whole market in memory: synthetic and seeded, or real bars of one code from a fixtures folder.

mod dividend;
mod draw;
mod event;
mod fixture;
mod holidays;
mod listing;
mod lunar;
mod model;
mod names;
mod oracle;
mod path;
mod plan;
mod rules;
mod sessions;
mod spec;
mod universe;
mod valuation;

pub use model::Market;
pub use spec::MarketSpec;

pub(crate) use dividend::{DividendLine, Schedule, lines};
pub(crate) use listing::{Listing, PackedBar};
pub(crate) use valuation::{Valuation, scaled};
