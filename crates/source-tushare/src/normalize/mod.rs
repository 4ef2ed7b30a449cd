//! Vendor rows → market terms: yuan, shares, dates, codes. One file per interface.
//!
//! A row is refused when a key or a needed figure is missing or of an impossible type. Whether a possible figure is
//! plausible (a price of 0, a close above the high) is for the quality checks, not decided here.

pub(crate) mod adj_factor;
pub(crate) mod claims;
pub(crate) mod daily;
pub(crate) mod daily_basic;
pub(crate) mod dividend;
pub(crate) mod fina_indicator;
pub(crate) mod income;
pub(crate) mod namechange;
mod reader;
mod rows;
mod scope;
pub(crate) mod stk_limit;
pub(crate) mod stock_basic;
pub(crate) mod suspend_d;
pub(crate) mod trade_cal;

pub(crate) use claims::ReportScope;
pub(crate) use reader::{BadCell, RowReader};
pub(crate) use scope::Scope;

#[cfg(test)]
mod fuzz;
#[cfg(test)]
pub(crate) mod testing;
