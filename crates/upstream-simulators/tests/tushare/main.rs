//! The simulated Tushare, asked over HTTP.

mod apis;
mod control;
mod faults;
mod harness;
mod paging;
mod refusals;
mod reports;
mod time;
