//! Every rule by its code.

use crate::{Severity, rules};

/// Where findings of a rule are raised, and so who closes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// By the writer, before a row or a batch is stored.
    Gate,
    /// By the writer, while it curates what is stored.
    Curation,
    /// By quality-worker, over the rows of a published generation.
    Generation,
    /// By quality-worker, by the clock.
    Clock,
    /// By quality-worker, about the machine that it runs on; not recorded.
    Machine,
}

/// What there is to know about a rule apart from its function.
#[derive(Debug, PartialEq, Eq)]
pub struct RuleInfo {
    /// Its name everywhere: lower-case letters, digits and `_`.
    pub code: &'static str,
    /// How bad its findings are unless the rule says otherwise.
    pub severity: Severity,
    /// Who raises it.
    pub origin: Origin,
    /// What it finds, in one line.
    pub title: &'static str,
}

/// Every rule, in the order of their codes.
pub static RULES: &[&RuleInfo] = &[
    &rules::anomaly_large_move::INFO,
    &rules::bar_on_closed_day::INFO,
    &rules::bar_outside_listing::INFO,
    &rules::bar_while_suspended::INFO,
    &rules::batch_drift::INFO,
    &rules::completeness::INFO,
    &rules::cross_source::INFO,
    &rules::disk_space::INFO,
    &rules::duplicate_key::INFO,
    &rules::event_without_factor::INFO,
    &rules::factor_disagrees::INFO,
    &rules::factor_without_event::INFO,
    &rules::freshness::INFO,
    &rules::gap_without_suspension::INFO,
    &rules::incomplete_day::INFO,
    &rules::limit_disagrees::INFO,
    &rules::nonpositive_price::INFO,
    &rules::ohlc_order::INFO,
    &rules::price_limit::INFO,
    &rules::quarantine_discarded::INFO,
    &rules::quarantine_released::INFO,
    &rules::replica_age::INFO,
    &rules::row_vanished::INFO,
    &rules::schema::INFO,
    &rules::source_replaced::INFO,
    &rules::source_seam::INFO,
    &rules::stale_repeat::INFO,
    &rules::unit_consistency::INFO,
    &rules::volume_amount::INFO,
];

/// The rule with that code.
pub fn rule(code: &str) -> Option<&'static RuleInfo> {
    RULES.iter().copied().find(|rule| rule.code == code)
}
