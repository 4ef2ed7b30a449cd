//! Too few of a day's codes arrived, so the day is not served.
//!
//! A cross-section with holes is worse than none: a strategy that ranks the market ranks what is left of it. So a day for
//! which less than 98 % of the expected codes (listed and not halted) have a bar is withheld from the curated layer, the next
//! source is sent for, and this finding stays open until a source completes the day. The writer raises it, for only the
//! writer knows what it withheld.
//!
//! **Example.** 4,000 of 5,400 expected codes of 2026-09-29 arrived from Tushare: the day is withheld, with an error on it.

use crate::{Origin, RuleInfo, Severity};

/// See the module.
pub static INFO: RuleInfo = RuleInfo {
    code: "incomplete_day",
    severity: Severity::Error,
    origin: Origin::Curation,
    title: "Too few of a day's codes arrived, so the day is not served",
};
