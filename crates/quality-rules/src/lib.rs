//! The rules that judge market data.
//!
//! This crate is pure: it does no IO, reads no clock and draws no random numbers. A rule is a file in [`rules`]: what it
//! finds, how bad that is, why it matters, an example, and its tests. The rule's code is the same word everywhere: the
//! file, `quality_log.check_name`, the API's `check`, the metric's label and the heading in `docs/quality-rules.md`.

mod allowed;
mod catalog;
mod check_code;
mod day_check;
mod day_view;
mod days;
mod evidence;
mod finding;
pub mod freshness;
pub mod gate;
mod history;
mod market;
mod reference;
pub mod rules;
mod severity;
#[cfg(test)]
mod testing;

pub use catalog::{Origin, RULES, RuleInfo, rule};
pub use check_code::check_code;
pub use day_check::{DayCount, DayFacts, check_day};
pub use days::Days;
pub use finding::Finding;
pub use history::{ActionRow, BarRow, CuratedBar, DayLimit, History, NameSpan};
pub use market::{Market, Options};
pub use severity::{Severity, UnknownSeverity};
