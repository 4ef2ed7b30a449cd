//! A small market abroad, in memory: shares, indices and currency pairs, each by the calendar of its own exchange.

mod adopt;
mod draw_path;
mod generate;
mod holidays;
mod listing;
mod oracle;
mod profile;
mod spec;
mod venue;

pub use oracle::World;
pub use spec::WorldSpec;

pub(crate) use listing::{Event, EventKind, Listing, RawBar};
pub(crate) use profile::Kind;
pub(crate) use venue::Venue;
