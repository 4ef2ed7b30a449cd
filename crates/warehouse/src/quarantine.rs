//! Rows that were refused, and what became of them.

mod audit;
mod candidate;
mod decide;
mod entries;
mod hold;
mod release;
mod supersede;

use chrono::{DateTime, NaiveDate, Utc};
use market_model::{
    CorporateAction, DailyBar, DailyBasic, FundamentalClaim, InstrumentName, MacroObservation, PriceLimit, Suspension,
};
use serde::{Deserialize, Serialize};

pub(crate) use hold::{Incoming, close_findings, hold, raise_findings};
pub(crate) use supersede::{any_unread, by_answers, by_staged, by_stored};

/// The state of an entry that nobody has decided about.
pub(crate) const HELD: &str = "held";
/// The state of an entry whose row was stored by decision.
pub(crate) const RELEASED: &str = "released";
/// The state of an entry that somebody closed without using it.
pub(crate) const DISCARDED: &str = "discarded";
/// The state of an entry for which the vendor sent a good row later.
pub(crate) const SUPERSEDED: &str = "superseded";

/// A vendor's row that was not stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuarantinedRow {
    /// Its id: the same bad row has the same one, however often it is fetched.
    pub id: String,
    /// The table it was meant for, or the vendor's data set if it could not be read that far.
    pub dataset: String,
    /// The vendor.
    pub source: String,
    /// The quality rule that refused it.
    pub rule: String,
    /// The code, or the series, where that could be read.
    pub code: Option<String>,
    /// The day, or the period, where that could be read.
    pub trade_date: Option<NaiveDate>,
    /// The response it was last seen in.
    pub raw_id: Option<i64>,
    /// The row in that response.
    pub raw_row: Option<i32>,
    /// What is wrong with it, in words.
    pub reason: String,
    /// The offending value as it was sent.
    pub value: String,
    /// The row as JSON, as far as it could be read: see [`ReleasedRow::from_candidate`].
    pub candidate: Option<String>,
    /// `held`, `released`, `discarded` or `superseded`.
    pub state: String,
    /// When it was put aside.
    pub quarantined_at: DateTime<Utc>,
    /// When it was decided about; of a superseded entry, when the response with the good row was complete.
    pub decided_at: Option<DateTime<Utc>>,
    /// Who decided.
    pub decided_by: Option<String>,
    /// Why.
    pub note: Option<String>,
}

/// A row to put where it belongs, in place of a quarantined entry.
#[derive(Debug, Clone, PartialEq)]
pub struct Released {
    /// The entry's id.
    pub id: String,
    /// The row.
    pub row: ReleasedRow,
}

/// A typed row of any data set that has a gate.
#[derive(Debug, Clone, PartialEq)]
pub enum ReleasedRow {
    /// A bar.
    Daily(DailyBar),
    /// Valuation figures.
    Basic(DailyBasic),
    /// Price limits.
    Limit(PriceLimit),
    /// A halt or a resumption.
    Suspension(Suspension),
    /// A dividend, bonus or rights issue.
    Action(CorporateAction),
    /// A figure of a company's report.
    Fundamental(FundamentalClaim),
    /// A figure of a macroeconomic series.
    Macro(MacroObservation),
    /// A share's name.
    Name(InstrumentName),
}

/// What somebody decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuarantineDecision {
    /// Who.
    pub by: String,
    /// Why; may be empty.
    pub note: String,
    /// Store what the gate still refuses, as far as it can be stored at all.
    pub force: bool,
    /// The job's id in the queue, for the log.
    pub job_id: String,
}

/// What became of the entries that a decision named.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QuarantineOutcome {
    /// Entries whose state is the decided one now.
    pub released: Vec<String>,
    /// Entries that stay held, each with the reason.
    pub refused: Vec<(String, String)>,
    /// Ids of which there is no entry.
    pub unknown: Vec<String>,
    /// Entries that are not held any more.
    pub already: Vec<String>,
}
