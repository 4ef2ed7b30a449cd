//! Rows of the tables → market terms.

mod bad_cell;
mod bars;
mod financing;
mod observations;
mod trading_days;

pub(crate) use bad_cell::BadCell;
pub(crate) use bars::{COLUMNS as BAR_COLUMNS, bars};
pub(crate) use observations::observations;
pub(crate) use trading_days::{COLUMN as TRADING_DAY_COLUMN, trading_days};
