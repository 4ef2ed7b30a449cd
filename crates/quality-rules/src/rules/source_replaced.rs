//! One source took over rows from another.
//!
//! When the preferred source comes late, the next one serves the day, and later the first takes its rows back. Both are
//! right, but who read the day in between saw the other's figures. So it is kept as a fact: how many rows, from whom to
//! whom, and how many closes are others now. It is raised by the writer, closed at once, and asks for nothing.
//!
//! **Example.** "tushare took over 5,420 rows from tdx, 1 of them with another close" on 2024-01-04: info.
//!
//! **Not reported.** Rows that a source corrects itself: their revisions are kept, and `layer=raw` shows them.

use crate::{Origin, RuleInfo, Severity};

/// See the module.
pub static INFO: RuleInfo = RuleInfo {
    code: "source_replaced",
    severity: Severity::Info,
    origin: Origin::Curation,
    title: "One source took over rows from another",
};
