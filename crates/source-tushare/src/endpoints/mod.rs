//! One file per interface: what is asked, which columns come back, and the methods of [`crate::Client`] that ask.

pub(crate) mod adj_factor;
pub(crate) mod daily;
pub(crate) mod daily_basic;
pub(crate) mod dividend;
pub(crate) mod stk_limit;
pub(crate) mod stock_basic;
pub(crate) mod suspend_d;
pub(crate) mod trade_cal;

use chrono::NaiveDate;
use market_model::{Code, vendor_code};

use crate::TushareError;

/// A date as the vendor writes it.
fn date_param(date: NaiveDate) -> String {
    date.format("%Y%m%d").to_string()
}

/// A code as the vendor writes it. A code it cannot write is a question nobody can ask.
fn code_param(code: Code) -> Result<String, TushareError> {
    vendor_code::tushare::print(&code).map_err(|error| TushareError::UnknownCode { message: error.to_string() })
}
