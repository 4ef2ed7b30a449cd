//! The functions of akshare that are known here.

mod desk;
mod dispatch;
mod financing;
mod gdp;
mod lpr;
mod monthly;
mod monthly_tables;
mod releases;
mod reserves;
mod shibor;
mod stock_hist;
mod trade_dates;

pub(super) use desk::Desk;
pub(super) use dispatch::sheet;
