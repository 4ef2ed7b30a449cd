//! The vendor's apis, one file each: the columns, the rows, the parameters.

mod adj_factor;
mod daily;
mod daily_basic;
mod dispatch;
mod dividend;
mod fina_indicator;
mod income;
mod index_daily;
mod namechange;
mod reports;
mod stk_limit;
mod stock_basic;
mod suspend_d;
mod trade_cal;

pub(super) use dispatch::Api;
