//! A vendor no longer has a row that it once sent.
//!
//! A vendor's answer for a whole day is complete: a key that is stored and not in it was withdrawn. It may be a
//! correction (a bar of a share that did not trade) or half an answer. The stored row stays, for a bad answer of today
//! must not delete what was good yesterday, and this says so. The writer raises it when it stores an answer, and closes
//! it when the vendor has the row again.
//!
//! **Example.** tushare's answer for 2024-01-04 had 5,430 rows; fetched again it has 5,429 and lacks 600519.SH:
//! warning.
//!
//! **Not reported.** Rows of answers about single codes, and of codes that the vendor's answer for a day never has
//! (indices, funds, foreign codes).

use crate::{Origin, RuleInfo, Severity};

/// See the module.
pub static INFO: RuleInfo = RuleInfo {
    code: "row_vanished",
    severity: Severity::Warning,
    origin: Origin::Curation,
    title: "A vendor no longer has a row that it once sent",
};
