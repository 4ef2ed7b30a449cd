//! Somebody put a quarantined row where it belongs.
//!
//! **Why.** The gate refuses what can be no market data. An operator who knows better may release such a row, by force if the
//! gate refuses it still: then whoever looks at the figure later must be able to see who decided so, and why.
//!
//! **Example.** The vendor sent a close of 0 for a day on which the share was halted after one trade at 0.00 in its own
//! notation; `ops` released the row by force with the note "confirmed with the exchange's file". The finding is a fact: it is
//! never open and never an alarm.

use crate::{Origin, RuleInfo, Severity};

/// See the module.
pub static INFO: RuleInfo = RuleInfo {
    code: "quarantine_released",
    severity: Severity::Info,
    origin: Origin::Gate,
    title: "Somebody released a row from the quarantine",
};
