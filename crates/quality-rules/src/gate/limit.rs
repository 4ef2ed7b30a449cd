//! Published price limits.

use market_model::PriceLimit;

use super::{Refusal, day, finite, positive, refuse};
use crate::rules::schema;

/// Refuses limits that can be none. The sentinels of a day without limits (99999.99 over 0 or 0.01) are fine.
pub fn limit(limit: &PriceLimit) -> Result<(), Refusal> {
    day::trading_day("trade_date", &limit.code, limit.trade_date)?;
    finite([("up_limit", Some(limit.up_limit)), ("down_limit", Some(limit.down_limit))])?;
    positive([("up_limit", Some(limit.up_limit))])?;
    if limit.down_limit < 0.0 {
        return refuse(&schema::INFO, "down_limit", limit.down_limit, "is negative");
    }
    if limit.down_limit > limit.up_limit {
        return refuse(&schema::INFO, "down_limit", limit.down_limit, "lies above `up_limit`");
    }
    Ok(())
}
