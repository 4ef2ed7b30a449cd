//! Somebody closed a quarantined row without using it.
//!
//! **Why.** A row that stays in quarantine is an open error. To close it is a decision about data, so it is written down with
//! who decided, and why; the vendor's response stays where it is.
//!
//! **Example.** The vendor sent a bar of −5 shares, and corrected nothing when asked; `ops` discarded the row with the note
//! "the other source's bar is served". The finding is a fact: it is never open and never an alarm.

use crate::{Origin, RuleInfo, Severity};

/// See the module.
pub static INFO: RuleInfo = RuleInfo {
    code: "quarantine_discarded",
    severity: Severity::Info,
    origin: Origin::Gate,
    title: "Somebody discarded a row of the quarantine",
};
