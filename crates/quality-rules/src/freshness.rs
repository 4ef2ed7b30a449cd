//! How fresh a source's data sets are, and which of them are overdue.
//!
//! Everything here is a function of the facts (`published/status.json`), the trading calendar and the moment of asking: the
//! same functions judge for the API and for the alert, and the answer stays true when every worker is dead.

mod due;
mod judge;
mod rhythm;

pub use judge::{Dataset, FreshnessOptions, Judgement, judge};
pub use rhythm::Rhythm;

pub use crate::rules::freshness::check;
