//! Which data sets are overdue, by `status.json`, the calendar and the clock. It goes by what was brought last, so that it
//! judges just as well when the worker that writes the status is dead.

use chrono::{DateTime, Utc};
use market_model::TradingCalendar;
use quality_rules::{
    Finding,
    freshness::{self, Dataset, FreshnessOptions},
};
use warehouse::StatusFile;

/// What is overdue at `now`. Nothing can be before something was fetched, or tried.
pub(crate) fn findings(
    status: Option<&StatusFile>,
    calendar: Option<&TradingCalendar>,
    options: &FreshnessOptions,
    now: DateTime<Utc>,
) -> Vec<Finding> {
    let facts = status.map_or(&[][..], |status| &status.freshness);
    let datasets: Vec<_> = facts.iter().map(Dataset::from).collect();
    let mut findings = Vec::new();
    freshness::check(&datasets, calendar, options, now, &mut findings);
    findings
}
