//! Dates and codes as the vendor writes them.

use chrono::NaiveDate;
use market_model::{Code, vendor_code};

use crate::TushareError;

/// A date as the vendor writes it.
pub(super) fn date_param(date: NaiveDate) -> String {
    date.format("%Y%m%d").to_string()
}

/// A code as the vendor writes it. A code it cannot write is a question nobody can ask.
pub(super) fn code_param(code: Code) -> Result<String, TushareError> {
    vendor_code::tushare::print(&code).map_err(|error| TushareError::UnknownCode { message: error.to_string() })
}
