//! One trading day of one code: prices, valuation figures, suspension and limits. All in yuan and shares.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::Code;

/// One day's bar as traded: unadjusted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DailyBar {
    /// The instrument.
    pub code: Code,
    /// The exchange's local date.
    pub trade_date: NaiveDate,
    /// First trade, yuan.
    pub open: f64,
    /// Highest trade, yuan.
    pub high: f64,
    /// Lowest trade, yuan.
    pub low: f64,
    /// Last trade, yuan.
    pub close: f64,
    /// The exchange's ex-right reference price of the day (not yesterday's raw close), yuan; `None` where the vendor
    /// has none.
    pub pre_close: Option<f64>,
    /// Traded volume, shares.
    pub volume: i64,
    /// Traded amount, yuan; `None` where the vendor has none (indices abroad, currency pairs, Yahoo).
    pub amount: Option<f64>,
    /// The vendor's cumulative adjustment factor of the day. Only ratios between dates mean anything.
    pub adj_factor: Option<f64>,
}

/// A vendor's daily valuation figures (Tushare `daily_basic`), in shares and yuan. Absent figures stay absent: a loss
/// maker has no PE.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DailyBasic {
    /// The instrument.
    pub code: Code,
    /// The exchange's local date.
    pub trade_date: NaiveDate,
    /// Turnover over float shares, percent.
    pub turnover_rate: Option<f64>,
    /// Turnover over free float, percent.
    pub turnover_rate_free: Option<f64>,
    /// Volume against the mean of the last five days.
    pub volume_ratio: Option<f64>,
    /// Price over last year's earnings.
    pub pe: Option<f64>,
    /// Price over the earnings of the trailing twelve months.
    pub pe_ttm: Option<f64>,
    /// Price over book value.
    pub pb: Option<f64>,
    /// Price over sales.
    pub ps: Option<f64>,
    /// Price over sales, trailing twelve months.
    pub ps_ttm: Option<f64>,
    /// Dividend yield, percent.
    pub dividend_yield: Option<f64>,
    /// Dividend yield of the trailing twelve months, percent.
    pub dividend_yield_ttm: Option<f64>,
    /// Total shares.
    pub total_shares: Option<f64>,
    /// Shares that may be traded.
    pub float_shares: Option<f64>,
    /// Shares in free float.
    pub free_shares: Option<f64>,
    /// Market value of all shares, yuan.
    pub total_value: Option<f64>,
    /// Market value of the float, yuan.
    pub float_value: Option<f64>,
}

/// Whether trading stopped or came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SuspensionKind {
    /// Trading was halted.
    Suspended,
    /// Trading resumed on this day.
    Resumed,
}

/// A halt or a resumption of one code on one day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suspension {
    /// The instrument.
    pub code: Code,
    /// The day.
    pub trade_date: NaiveDate,
    /// Halted or resumed.
    pub kind: SuspensionKind,
    /// Part of the day (`09:30-10:00`); `None` = the whole day.
    pub timing: Option<String>,
}

impl Suspension {
    /// A halt of the whole day: no bar is expected.
    pub fn is_whole_day(&self) -> bool {
        self.kind == SuspensionKind::Suspended && self.timing.is_none()
    }
}

/// The day's price limits as a vendor publishes them, yuan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PriceLimit {
    /// The instrument.
    pub code: Code,
    /// The day.
    pub trade_date: NaiveDate,
    /// Highest price allowed; vendors send sentinels (99999.99) on days without a limit.
    pub up_limit: f64,
    /// Lowest price allowed.
    pub down_limit: f64,
}
