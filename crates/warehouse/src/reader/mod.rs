//! The reading side: follows `CURRENT`, serves one immutable generation at a time.

mod actions;
mod bar;
mod curated_scan;
mod database;
mod days;
mod features;
mod fundamentals;
mod gateway_usage;
mod generation;
mod handle;
mod identity;
mod instruments;
mod macro_series;
mod missing;
mod normalized;
mod open;
mod options;
mod overlay;
mod quality;
mod raw_body;
mod raw_rows;
mod rows;
mod scan;
mod sources;
mod store;
mod tables;
mod watchdog;

pub use actions::SourcedAction;
pub use bar::{Anchor, Bar, SourceId, known_volume};
pub(crate) use curated_scan::{CuratedRow, DayTable, scan_curated};
pub use fundamentals::{Claim, Claims};
pub use generation::Generation;
pub use handle::Reader;
pub(crate) use handle::read_current;
pub use macro_series::{MacroAnswer, MacroRow, MacroSeries};
pub use missing::{Missing, MissingReason};
pub use options::ReaderOptions;
pub use quality::{
    BadCursor, Cursor, FindingDay, FindingFilter, FindingPage, JudgedDay, LoggedFinding, PAGE_ROWS_MAX, Page,
    QuarantineEntry, QuarantineFilter, QuarantinedRaw, SourceDay,
};
pub use rows::{FeatureRow, NormalizedRow, RawRow};
pub use scan::{CodeRange, MarketFacts};
pub use store::SeriesState;

#[cfg(test)]
mod tests;
