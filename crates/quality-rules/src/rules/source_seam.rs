//! A day's bars do not continue the series before them.
//!
//! A series may change its source from one day to the next only where both tell the same story: the new source had the
//! same close on the day before, or its reference price is that close (or the exchange's price after the corporate
//! actions since). Two vendors on different bases, spliced without looking, make a jump that looks like a market event.
//! Of each day the first source that continues the series is served; where none does, the day has no bar and this is
//! raised. The writer raises it while it curates, and closes it when a bar continues the series.
//!
//! **Example.** 600519.SH ends on 2024-01-03 with tdx at 1,685.01; on the 4th only tushare has a bar, whose reference
//! price is 1,700.01: error, and no bar of the 4th until one of them is corrected.
//!
//! **Not reported.** A bar of the same source, which always continues its own series.

use crate::{Origin, RuleInfo, Severity};

/// See the module.
pub static INFO: RuleInfo = RuleInfo {
    code: "source_seam",
    severity: Severity::Error,
    origin: Origin::Curation,
    title: "A day's bars do not continue the series before them",
};
