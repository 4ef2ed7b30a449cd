//! Figures of companies' reports.

use market_model::{FundamentalClaim, MetricUnit};

use super::{Refusal, day, finite, not_negative};

/// Refuses a claim that can be none: not finite, or a negative number of shares or heads.
pub fn claim(claim: &FundamentalClaim) -> Result<(), Refusal> {
    // Reports of the years before a listing are in prospectuses, so the exchange's opening is no bound.
    day::period("period", claim.period)?;
    let metric = claim.metric.as_str();
    finite([(metric, Some(claim.value))])?;
    match claim.metric.unit() {
        MetricUnit::Shares | MetricUnit::Count => not_negative([(metric, Some(claim.value))]),
        MetricUnit::Yuan | MetricUnit::YuanPerShare | MetricUnit::Percent | MetricUnit::Ratio => Ok(()),
    }
}
