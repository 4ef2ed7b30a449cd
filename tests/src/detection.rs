//! Do the rules find what is wrong, and nothing else?
//!
//! A synthetic market of ten years, as two vendors tell it, goes the way of real rows: the gate, the choice of a source and
//! the chain of factors, the rules. Undamaged it must raise no warning and no error. Then one thing at a time is broken at a
//! random place ([`CORRUPTIONS`], [`DAY_CORRUPTIONS`]), and what the rules say about those days is counted.
//!
//! The vendors' view of the market, the corruptions and the counting know nothing of any rule.

mod by_day;
mod corruption;
mod dice;
mod doc;
mod pipeline;
mod run;
mod tally;
mod vendors;
mod world;

pub use by_day::{DAY_CORRUPTIONS, DayCorruption};
pub use corruption::{CORRUPTIONS, Corruption};
pub use doc::{markdown, written_into};
pub use run::{Size, run};
pub use tally::{Cell, Outcome, Place};
