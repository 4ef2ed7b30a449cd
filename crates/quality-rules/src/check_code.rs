//! Everything the rules find about one code.

use crate::{Days, Finding, History, Market, rules};

/// Runs every rule that judges the rows of one code, and appends what they find about `days` to `out`.
///
/// The findings about a day depend on nothing but the market and what [`History`] promises to hold about it: judging a
/// day alone finds what judging the whole history finds about it.
pub fn check_code(market: &Market<'_>, history: &History<'_>, days: Days<'_>, out: &mut Vec<Finding>) {
    for check in CHECKS {
        check(market, history, days, out);
    }
}

type Check = fn(&Market<'_>, &History<'_>, Days<'_>, &mut Vec<Finding>);

/// In the order of their codes.
const CHECKS: &[Check] = &[
    rules::anomaly_large_move::check,
    rules::bar_on_closed_day::check,
    rules::bar_outside_listing::check,
    rules::bar_while_suspended::check,
    rules::cross_source::check,
    rules::duplicate_key::check,
    rules::event_without_factor::check,
    rules::factor_without_event::check,
    rules::gap_without_suspension::check,
    rules::limit_disagrees::check,
    rules::nonpositive_price::check,
    rules::ohlc_order::check,
    rules::price_limit::check,
    rules::stale_repeat::check,
    rules::unit_consistency::check,
    rules::volume_amount::check,
];

#[cfg(test)]
mod properties;
