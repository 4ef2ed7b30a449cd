//! Valuation figures.

use market_model::DailyBasic;

use super::{Refusal, day, finite, not_negative};

/// Refuses figures that can be none: not finite, or below zero where only a loss can make a figure negative and it is none
/// of those.
pub fn basic(basic: &DailyBasic) -> Result<(), Refusal> {
    day::trading_day("trade_date", &basic.code, basic.trade_date)?;
    let shares_and_values = [
        ("turnover_rate", basic.turnover_rate),
        ("turnover_rate_free", basic.turnover_rate_free),
        ("volume_ratio", basic.volume_ratio),
        ("dividend_yield", basic.dividend_yield),
        ("dividend_yield_ttm", basic.dividend_yield_ttm),
        ("total_shares", basic.total_shares),
        ("float_shares", basic.float_shares),
        ("free_shares", basic.free_shares),
        ("total_value", basic.total_value),
        ("float_value", basic.float_value),
    ];
    // A loss, negative equity or negative sales after corrections turn these below zero.
    let ratios =
        [("pe", basic.pe), ("pe_ttm", basic.pe_ttm), ("pb", basic.pb), ("ps", basic.ps), ("ps_ttm", basic.ps_ttm)];
    finite(shares_and_values)?;
    finite(ratios)?;
    not_negative(shares_and_values)
}
