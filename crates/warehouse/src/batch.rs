//! What a job hands to the writer: rows, the exact responses they came from, and what the batch claims to be.

use chrono::{DateTime, NaiveDate, Utc};
use market_model::{
    CalendarDay, CorporateAction, DailyBar, DailyBasic, FundamentalClaim, Instrument, InstrumentName, ListStatus,
    MacroObservation, PriceLimit, Suspension,
};
use serde::{Deserialize, Serialize};

/// A row and the place in a vendor's response that it was read from.
#[derive(Debug, Clone, PartialEq)]
pub struct Sourced<T> {
    /// The row, in yuan and shares.
    pub value: T,
    /// Index into [`Batch::responses`].
    pub response: usize,
    /// Index of the vendor's row in that response.
    pub row: u32,
}

/// One response of a vendor, exactly as received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawResponse {
    /// The vendor, for example `tushare`. Lower-case letters, digits and `_`.
    pub source: String,
    /// The vendor's own name of the data set, for example `adj_factor`. Lower-case letters, digits and `_`.
    pub dataset: String,
    /// The request as JSON; never with a token.
    pub request: String,
    /// When it was complete. Of two responses about the same key the later one counts, in whatever order they are
    /// committed.
    pub fetched_at: DateTime<Utc>,
    /// The HTTP status.
    pub http_status: u16,
    /// The body's bytes.
    pub body: Vec<u8>,
}

/// A vendor's row that could not be normalized.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// The data set, as in [`RawResponse::dataset`].
    pub dataset: String,
    /// Index into [`Batch::responses`].
    pub response: usize,
    /// Index of the vendor's row in that response.
    pub row: u32,
    /// What is wrong, naming the column.
    pub reason: String,
    /// The offending value as it was sent.
    pub value: String,
}

/// The claim that a batch holds a vendor's whole answer for one day, so that a stored key that is absent has vanished.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Partition {
    /// `daily`, `daily_basic`, `price_limit` or `suspension`. Coverage is judged on `daily`.
    pub dataset: &'static str,
    /// The vendor.
    pub source: String,
    /// The day.
    pub trade_date: NaiveDate,
}

/// One run of a job, for the log.
#[derive(Debug, Clone, PartialEq)]
pub struct JobRun {
    /// The job's id in the queue.
    pub job_id: String,
    /// What it does, for example `fetch_daily_market`.
    pub kind: String,
    /// Its arguments.
    pub args: serde_json::Value,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub finished_at: DateTime<Utc>,
    /// `ok`, or how it failed.
    pub outcome: String,
    /// Rows it brought.
    pub rows: u64,
    /// More about a failure.
    pub message: Option<String>,
}

/// An instrument and whether it is still listed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Listing {
    /// The instrument.
    pub instrument: Instrument,
    /// The vendor's list status.
    pub status: ListStatus,
}

/// Everything that one job commits in one transaction.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Batch {
    /// The vendor of all rows.
    pub source: String,
    /// The responses behind the rows.
    pub responses: Vec<RawResponse>,
    /// Bars as traded.
    pub daily: Vec<Sourced<DailyBar>>,
    /// Valuation figures.
    pub basics: Vec<Sourced<DailyBasic>>,
    /// Halts and resumptions.
    pub suspensions: Vec<Sourced<Suspension>>,
    /// Price limits.
    pub limits: Vec<Sourced<PriceLimit>>,
    /// What is listed.
    pub instruments: Vec<Sourced<Listing>>,
    /// What shares were called, and when.
    pub names: Vec<Sourced<InstrumentName>>,
    /// Trading days.
    pub calendar: Vec<Sourced<CalendarDay>>,
    /// Dividends, bonus and rights issues.
    pub actions: Vec<Sourced<CorporateAction>>,
    /// Figures of companies' reports.
    pub fundamentals: Vec<Sourced<FundamentalClaim>>,
    /// Figures of macroeconomic series.
    pub macros: Vec<Sourced<MacroObservation>>,
    /// Rows that could not be normalized.
    pub rejected: Vec<Rejected>,
    /// The days of which this batch holds everything.
    pub partitions: Vec<Partition>,
    /// The run that brought it.
    pub run: Option<JobRun>,
}

/// What a commit did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Committed {
    /// The number of commits so far that changed market data, this one included if it did.
    pub commit_seq: u64,
    /// Whether market data changed: anything a reader of a generation could notice apart from bookkeeping.
    pub changed: bool,
    /// Rows whose key was new.
    pub inserted: u64,
    /// Rows whose values replaced others.
    pub replaced: u64,
    /// Rows that said nothing new, or came from an older response than the stored row.
    pub unchanged: u64,
    /// Stored keys that the vendor no longer has.
    pub vanished: u64,
    /// Days whose curated rows changed, ascending.
    pub dates: Vec<NaiveDate>,
    /// Days of this batch's partitions that are withheld now, ascending.
    pub withheld: Vec<Withheld>,
    /// Days that were withheld before and are not any more, ascending.
    pub released: Vec<NaiveDate>,
}

/// A day kept out of curated because too few codes arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withheld {
    /// The vendor whose answer is incomplete.
    pub source: String,
    /// The day.
    pub trade_date: NaiveDate,
    /// Codes that should have a bar.
    pub expected: u32,
    /// Those that have one.
    pub present: u32,
    /// Why, in words.
    pub reason: String,
}
