//! Sums of tokens and money.

mod rollup;
mod spending;
mod totals;

pub use rollup::{Rollup, RollupRow};
pub use spending::{Charged, DailySpending, Spending, SpendingBy, SpendingQuery};
pub use totals::ChannelTotal;

/// The profile under which money stands that a crash made nobody's: leased, not returned, and not recorded by a request.
pub const WRITTEN_OFF: &str = "(written off)";
