//! A column or a key that must be there is missing.
//!
//! A row that does not say what it is about cannot be stored under any key, and a bar without a close is no bar. Rows like
//! that go to quarantine. A whole answer that lacks a column is refused whole, with its raw response kept: a vendor that
//! renamed `vol` would otherwise fill a day with zeros.
//!
//! **Example.** `close=null` in one of 5,400 rows of `daily`: that row is held and the others are stored. No column `close`
//! at all: nothing of the answer is stored, and yesterday's rows stay what they are.

use crate::{Origin, RuleInfo, Severity};

/// See the module.
pub static INFO: RuleInfo = RuleInfo {
    code: "completeness",
    severity: Severity::Error,
    origin: Origin::Gate,
    title: "A column or a key that must be there is missing",
};
