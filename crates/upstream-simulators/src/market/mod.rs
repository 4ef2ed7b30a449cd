//! A whole market in memory: synthetic and seeded, or real bars of one code from a fixtures folder.

mod dividend;
mod draw;
mod event;
mod fixture;
mod holidays;
mod index;
mod listing;
mod lunar;
mod model;
mod name_history;
mod names;
mod oracle;
mod path;
mod plan;
mod reports;
mod rules;
mod sessions;
mod spec;
mod universe;
mod valuation;

pub use model::Market;
pub use spec::MarketSpec;

pub(crate) use dividend::{DividendLine, Schedule, lines};
pub(crate) use draw::{Draw, noise};
pub(crate) use event::Event;
pub(crate) use holidays::is_open;
pub(crate) use holidays::is_open as is_mainland_session;
pub(crate) use index::{DayBar, Derived};
pub(crate) use listing::{Listing, PackedBar};
pub(crate) use lunar::holidays as lunar_holidays;
pub(crate) use name_history::{Named, Regime};
pub(crate) use reports::{Report, periods, versions};
pub(crate) use valuation::{Valuation, scaled};
