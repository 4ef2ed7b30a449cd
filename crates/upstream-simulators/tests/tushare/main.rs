//! The simulated Tushare, asked over HTTP.

mod apis;
mod control;
mod damage;
mod faults;
mod harness;
mod names;
mod paging;
mod refusals;
mod reports;
mod time;
