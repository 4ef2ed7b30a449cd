//! The dated rulebook of the mainland exchanges: price limits, ticks and lots, as data.
//!
//! A rule is a record with the days it is in force and the document it comes from ([`LIMIT_RULES`]); a rule change is one
//! more record, never an `if`. Dates, sources and quotes follow the CC0 collection marina-rules 2026.10.26.5, which
//! quotes the SSE, SZSE and BSE documents.
//!
//! Outside the table, because neither date nor board tells: the first day after a share reform or a restructuring, a
//! relisting, the resumption of a suspended listing. Such days have no limit; [`NoLimitDays`] names those that are known.
//! A share reform's day is deliberately not derived from the corporate actions: a reform that paid in shares of the other
//! holders left no event behind, so most of them could not be told.
//!
//! Not in the book at all: from 2007-01-08 the exchanges held shares without a reform (names with `S` before them) to
//! 5 %. The closes of 000001.SZ stop at 5 % from that day until its reform. The book allows them 10 %, so it may miss a
//! wrong price there and never blames a right one. Nor are intraday halts.

mod life_day;
mod limit;
mod limit_price;
mod limit_table;
mod lot;
mod no_limit_days;
mod tick;

pub use life_day::{delisting_day, listing_day};
pub use limit::{Limit, LimitQuery, PriceRules, Segment};
pub use limit_price::limit_prices;
pub use limit_table::{LIMIT_RULES, LimitRule, RulePhase};
pub use lot::{Lot, lot};
pub use no_limit_days::{NoLimitDay, NoLimitDays};
pub use tick::tick;
