//! Reads a generation code by code, as the quality rules want it: every row of every source beside the served bars and what
//! is known about the code.

mod batches;
mod codes;
mod curated;
mod events;
mod facts;
mod histories;
mod intervals;
mod limits;
mod rows;
mod sources;
mod spans;

pub use codes::CodeRange;
pub(super) use codes::range_sql;
pub use facts::MarketFacts;
pub(super) use sources::{BaseFacts, Sources};
