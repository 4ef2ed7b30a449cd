//! The gate: what is looked at in every row before it is stored.
//!
//! The gate refuses only what can be no market data at all: a number that is not finite, a volume or an amount below
//! zero, a price that is zero or negative, a text that must be there and is empty, a day on which nothing traded yet. A
//! row that is merely wrong (a high below the low, a move beyond the limit) passes: it is stored, and the rules say so.
//! For a row in quarantine is a hole in the history, and a wrong row next to its vendor's raw response is evidence.
//!
//! A function of this module judges one row by itself: it knows no other row, no calendar and no clock.

mod action;
mod bar;
mod basic;
mod claim;
mod day;
mod limit;
mod observation;
#[cfg(test)]
mod properties;
mod refusal;
#[cfg(test)]
mod tests;

pub use action::action;
pub use bar::{bar, is_storable};
pub use basic::basic;
pub use claim::claim;
pub use limit::limit;
pub use observation::observation;
pub use refusal::Refusal;

use refusal::{finite, not_negative, positive, present, refuse};
