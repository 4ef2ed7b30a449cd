//! Daily bars.

use market_model::DailyBar;

use super::{Refusal, day, finite, not_negative, positive, refuse};
use crate::rules::schema;

/// Refuses a bar that can be none.
///
/// Volume 0 is fine (indices, currency pairs, flat bars of a halt), and so is a reference price or a factor of 0, which is
/// how vendors say that they have none.
pub fn bar(bar: &DailyBar) -> Result<(), Refusal> {
    storable(bar)?;
    positive([("open", Some(bar.open)), ("high", Some(bar.high)), ("low", Some(bar.low)), ("close", Some(bar.close))])?;
    if bar.volume < 0 {
        return refuse(&schema::INFO, "volume", bar.volume, "is negative");
    }
    not_negative([("amount", bar.amount), ("pre_close", bar.pre_close), ("adj_factor", bar.adj_factor)])
}

/// What can be stored at all: numbers, and a day on which the exchange was open for business. An operator who releases a
/// row by force passes [`bar`], but never this.
pub fn is_storable(bar: &DailyBar) -> bool {
    storable(bar).is_ok()
}

fn storable(bar: &DailyBar) -> Result<(), Refusal> {
    day::trading_day("trade_date", &bar.code, bar.trade_date)?;
    finite([
        ("open", Some(bar.open)),
        ("high", Some(bar.high)),
        ("low", Some(bar.low)),
        ("close", Some(bar.close)),
        ("pre_close", bar.pre_close),
        ("amount", bar.amount),
        ("adj_factor", bar.adj_factor),
    ])
}
