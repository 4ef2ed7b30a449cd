//! A value has the wrong type or is outside what it can be.
//!
//! A number that is not finite, a volume or an amount below zero, a day before the exchange had opened: such a value is no
//! market data, and stored it would poison every sum it enters. The gate refuses the row before it is stored and puts it into
//! quarantine with the vendor's response, so that a correction of the reader can bring it back. Texts where a number should
//! be are refused by the vendor's adapter, under the same rule. A price that is zero or negative is `nonpositive_price`'s.
//!
//! **Example.** `volume=-100` for 600519.SH: the row is held, and the day has a gap until it is released or fetched anew.

use crate::{Origin, RuleInfo, Severity};

/// See the module.
pub static INFO: RuleInfo = RuleInfo {
    code: "schema",
    severity: Severity::Error,
    origin: Origin::Gate,
    title: "A value has the wrong type or is outside what it can be",
};
