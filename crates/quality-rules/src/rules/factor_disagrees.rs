//! The derived factor grows otherwise than a vendor's.
//!
//! The factor that is served is derived: from the reference price that the exchange publishes, else from the corporate
//! actions. Every other opinion is compared with it as a growth since the bar before, for only ratios mean anything:
//! each vendor's own factor (within 0.01 % and the rounding of its three decimals), the reference price that a vendor
//! states, and the exchange's formula over the corporate actions. Whoever is wrong, somebody is, and one of them is
//! served. The writer raises it while it curates, and closes it when the rows that it follows from have changed.
//!
//! **Example.** tushare's factor of 000001.SZ grows by 1.6141 on 2013-06-20, the derived one by 1.6000, for the event
//! lacked its cash: warning, subject tushare.
//!
//! **Not reported.** Growth over days that are missing, where no two opinions are about the same.

use crate::{Origin, RuleInfo, Severity};

/// See the module.
pub static INFO: RuleInfo = RuleInfo {
    code: "factor_disagrees",
    severity: Severity::Warning,
    origin: Origin::Curation,
    title: "The derived factor grows otherwise than a vendor's",
};
