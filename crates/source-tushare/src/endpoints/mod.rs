//! One file per interface: what is asked, which columns come back, and the methods of [`crate::Client`] that ask.

pub(crate) mod adj_factor;
pub(crate) mod daily;
pub(crate) mod daily_basic;
pub(crate) mod dividend;
pub(crate) mod fina_indicator;
mod fundamentals;
pub(crate) mod income;
pub(crate) mod index_daily;
pub(crate) mod namechange;
mod params;
pub(crate) mod stk_limit;
pub(crate) mod stock_basic;
pub(crate) mod suspend_d;
pub(crate) mod trade_cal;

use params::{code_param, date_param};
