//! From the numbers on the wire to the market's own terms: yuan and shares.

mod actions;
mod bars;
mod claims;
mod daily;
mod decimal;
mod intraday;
mod quotes;
mod scale;
mod security;
mod unit;

pub use actions::XdxrRecord;
pub(crate) use actions::{corporate_actions, xdxr_records};
pub use bars::Bar;
pub(crate) use bars::bars;
pub use claims::FinanceSnapshot;
pub(crate) use claims::snapshot;
pub(crate) use daily::{DailyRows, Window, daily};
pub use intraday::{Minute, Tick, TickSide};
pub(crate) use intraday::{minutes, ticks};
pub(crate) use quotes::quotes;
pub use quotes::{Quote, QuoteDepth};
pub(crate) use scale::{is_index, layout_of};
pub use security::Security;
pub(crate) use security::securities;
pub(crate) use unit::UnitFault;
