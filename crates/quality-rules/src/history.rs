//! What is known about one code, as the rules read it.

use chrono::NaiveDate;
use market_model::{Board, Code, CorporateAction, InstrumentKind};

/// One source's row of a code's day, as normalized: yuan and shares.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BarRow {
    /// The day.
    pub date: NaiveDate,
    /// Prices as traded, yuan.
    pub open: f64,
    /// Highest.
    pub high: f64,
    /// Lowest.
    pub low: f64,
    /// Last.
    pub close: f64,
    /// The exchange's ex-right reference; NaN where the source has none.
    pub pre_close: f64,
    /// Shares.
    pub volume: i64,
    /// Yuan; NaN where the source has none.
    pub amount: f64,
    /// The source's cumulative adjustment factor; NaN where it has none. Only ratios between days mean anything.
    pub factor: f64,
    /// Index into [`crate::Market::sources`].
    pub source: u8,
    /// The stored response it came from.
    pub raw_id: i64,
    /// The row in that response.
    pub raw_row: i32,
}

/// The row that is served for a code's day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CuratedBar {
    /// The day.
    pub date: NaiveDate,
    /// Prices as traded, yuan (not adjusted).
    pub open: f64,
    /// Highest.
    pub high: f64,
    /// Lowest.
    pub low: f64,
    /// Last.
    pub close: f64,
    /// Shares.
    pub volume: i64,
    /// Yuan; NaN where the source has none.
    pub amount: f64,
    /// The derived cumulative factor: `close × factor` is the backward-adjusted (hfq) price.
    pub factor: f64,
    /// Index into [`crate::Market::sources`].
    pub source: u8,
}

/// One source's word about a corporate action.
#[derive(Debug, Clone, PartialEq)]
pub struct ActionRow {
    /// The event.
    pub action: CorporateAction,
    /// Index into [`crate::Market::sources`].
    pub source: u8,
}

/// The price limits of a day as a source publishes them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DayLimit {
    /// The day.
    pub date: NaiveDate,
    /// Highest price allowed, yuan; a sentinel such as 99999.99 on days without a limit.
    pub up: f64,
    /// Lowest price allowed.
    pub down: f64,
}

/// A name and the days on which the code had it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameSpan {
    /// First day.
    pub from: NaiveDate,
    /// Last day; `None` = still.
    pub until: Option<NaiveDate>,
    /// Under special treatment (ST, *ST) under that name.
    pub special_treatment: bool,
    /// A name of a delisting period (退市整理期): [`market_model::is_delisting_period`] of it. The period's days are counted
    /// from the first of these names on.
    pub delisting: bool,
}

/// What is known about one code.
///
/// Where only some days are judged ([`crate::Days::Only`]), it holds at least, for each of them, the served bars and
/// every source's rows from the last served bar before it on, and the events and suspensions since; the limits of the
/// day; all names. More changes nothing. No rule looks further back, so a day alone is judged as it is among all.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct History<'a> {
    /// The code.
    pub code: Code,
    /// What it is.
    pub kind: InstrumentKind,
    /// The board, of an A-share.
    pub board: Option<Board>,
    /// The first day of trading, if known.
    pub listed: Option<NaiveDate>,
    /// The first day on which it is not listed any more.
    pub delisted: Option<NaiveDate>,
    /// Its names, ascending; empty where nobody knows.
    pub names: &'a [NameSpan],
    /// Every source's rows, by day, then source.
    pub rows: &'a [BarRow],
    /// The served bars, ascending.
    pub curated: &'a [CuratedBar],
    /// Corporate actions by ex-date, then source.
    pub actions: &'a [ActionRow],
    /// Days of which the whole was halted, ascending.
    pub suspended: &'a [NaiveDate],
    /// Published price limits, ascending.
    pub limits: &'a [DayLimit],
}

impl History<'_> {
    /// Whether it may be a share that was just listed, for all that is known. B-shares are all old.
    pub(crate) fn may_be_new(&self) -> bool {
        self.listed.is_none() && self.kind == InstrumentKind::AShare
    }
}
