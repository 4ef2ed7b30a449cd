//! The quality log, the quarantine and what arrived of each day, as a generation holds them.

mod counts;
mod cursor;
mod finding_days;
mod findings;
mod leading_fields;
mod quarantine;
mod source_days;

pub use cursor::{BadCursor, Cursor};
pub use finding_days::FindingDay;
pub use findings::{FindingFilter, FindingPage, LoggedFinding, PAGE_ROWS_MAX};
pub use quarantine::{Page, QuarantineEntry, QuarantineFilter, QuarantinedRaw};
pub use source_days::{JudgedDay, SourceDay};
