//! The dated rulebook of the mainland exchanges: price limits, ticks and lots, as data.
//!
//! A rule is a record with the days it is in force and the document it comes from ([`LIMIT_RULES`]); a rule change is one
//! more record, never an `if`. Dates, sources and quotes follow the CC0 collection marina-rules 2026.10.26.5, which
//! quotes the SSE, SZSE and BSE documents.
//!
//! Outside the book, because neither date nor code tells: the resumption after a restructuring or share reform, a
//! relisting, an intraday halt.

mod limit;
mod limit_price;
mod limit_table;
mod lot;
mod tick;

pub use limit::{Limit, LimitQuery, PriceRules, Segment};
pub use limit_price::limit_prices;
pub use limit_table::{LIMIT_RULES, LimitRule, RulePhase};
pub use lot::{Lot, lot};
pub use tick::tick;
