//! What checks found, on its way into `quality_log`, and which days are to be checked.

mod check;
mod dataset;
mod due;
mod incomplete_days;
pub(crate) mod log;
#[cfg(test)]
mod order_tests;
mod record;
mod runs;

pub(crate) use incomplete_days::sync_incomplete_days;

use chrono::{DateTime, NaiveDate, Utc};

/// What a check found, or one part of it.
#[derive(Debug, Clone, PartialEq)]
pub struct FindingsRecord {
    /// The check: `check_generation` or `check_freshness`.
    pub check: String,
    /// The generation that was read; `None` for a check by the clock before there is one.
    pub generation: Option<u64>,
    /// The market commits that the generation holds.
    pub commit_seq: u64,
    /// When it was checked.
    pub checked_at: DateTime<Utc>,
    /// What was judged.
    pub scope: FindingsScope,
    /// Whether this is the last part: then the check counts as made.
    pub last: bool,
    /// What was found in the scope.
    pub findings: Vec<FoundRow>,
}

/// What was judged: an open finding of these rules, days and codes that is not found again is closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindingsScope {
    /// Rules that were run, by code.
    pub checks: Vec<String>,
    /// The days; all days, and findings without a day, if `None`.
    pub dates: Option<Vec<NaiveDate>>,
    /// First code, inclusive; findings without a code belong to the part that has no first code.
    pub from_code: Option<String>,
    /// The code behind the last, exclusive.
    pub to_code: Option<String>,
}

/// One finding.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundRow {
    /// The rule's code.
    pub check: String,
    /// `info`, `warning` or `error`.
    pub severity: String,
    /// The code it is about.
    pub code: Option<String>,
    /// The day it is about.
    pub trade_date: Option<NaiveDate>,
    /// What else identifies it.
    pub subject: String,
    /// In words.
    pub message: String,
    /// The values seen.
    pub details: serde_json::Value,
}

/// What recording did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Recorded {
    /// Findings that are new, or back again.
    pub opened: u64,
    /// Findings that were there already.
    pub kept: u64,
    /// Findings that no longer show.
    pub closed: u64,
    /// Days left alone, because a newer check of them is recorded.
    pub skipped_days: u64,
}

/// What is to be checked on the current generation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DueChecks {
    /// Everything.
    pub whole_history: bool,
    /// These days, ascending; empty if everything is due.
    pub dates: Vec<NaiveDate>,
    /// The market commits that the current generation holds.
    pub commit_seq: u64,
}

impl DueChecks {
    /// Whether nothing is to be checked.
    pub fn is_empty(&self) -> bool {
        !self.whole_history && self.dates.is_empty()
    }
}
