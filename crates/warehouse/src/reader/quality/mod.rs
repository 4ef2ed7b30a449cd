//! The quality log, the quarantine and what arrived of each day, as a generation holds them.

mod counts;
mod cursor;
mod findings;
mod leading_fields;
mod quarantine;

pub use cursor::{BadCursor, Cursor};
pub use findings::{FindingFilter, FindingPage, LoggedFinding, PAGE_ROWS_MAX};
pub use quarantine::{Page, QuarantineEntry, QuarantineFilter, QuarantinedRaw};
