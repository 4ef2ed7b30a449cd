//! What a backfill hands over, code by code, and what became of it.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use market_model::{Code, CorporateAction, DailyBar, DailyBasic, PriceLimit};

use crate::{RawResponse, Rejected, Sourced};

/// Everything that one vendor said about one code.
///
/// A code without bars is worth handing over too: it says that the vendor was asked and has none, so that the days of the
/// load can be complete without it.
#[derive(Debug, Clone, PartialEq)]
pub struct StagedCode {
    /// The code; all rows are about it.
    pub code: Code,
    /// The first day that the vendor was asked for; `None` where nobody knows, which counts as the first day of the load.
    pub from: Option<NaiveDate>,
    /// Bars as traded, ascending by day, each day once.
    pub bars: Vec<DailyBar>,
    /// The place of each bar: index into [`StagedCode::responses`], and the index of the vendor's row in that response.
    pub places: Vec<(usize, u32)>,
    /// Valuation figures, ascending by day.
    pub basics: Vec<Sourced<DailyBasic>>,
    /// Price limits, ascending by day.
    pub limits: Vec<Sourced<PriceLimit>>,
    /// Dividends, bonus and rights issues, each with its place.
    pub actions: Vec<(CorporateAction, usize, u32)>,
    /// The responses behind the rows.
    pub responses: Vec<RawResponse>,
    /// Rows of the vendor that could not be normalized.
    pub rejected: Vec<Rejected>,
}

impl StagedCode {
    /// A code of which nothing is known yet.
    pub fn new(code: Code) -> Self {
        Self {
            code,
            from: None,
            bars: Vec::new(),
            places: Vec::new(),
            basics: Vec::new(),
            limits: Vec::new(),
            actions: Vec::new(),
            responses: Vec::new(),
            rejected: Vec::new(),
        }
    }
}

/// What a bulk load did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BulkLoaded {
    /// The base in use now.
    pub base: u64,
    /// Curated rows in it.
    pub rows: u64,
    /// Codes that were handed over, those without bars included.
    pub codes: u64,
    /// Bars that were handed over.
    pub bars: u64,
    /// Bars whose key was new.
    pub inserted: u64,
    /// Bars whose values replaced others.
    pub replaced: u64,
    /// Bars that said nothing new, or came from an older response than the stored one.
    pub unchanged: u64,
    /// Raw responses that went to the archive.
    pub raw_responses: u64,
    /// Days with bars of the source, from the first to the last that was handed over, that are complete now.
    pub complete_days: u64,
    /// Those that are not: the source has not been asked for enough of the codes listed on them.
    pub incomplete_days: u64,
    /// Length of the new base in bytes.
    pub base_bytes: u64,
    /// How long it took, milliseconds.
    pub elapsed_ms: u64,
    /// How long each step took, milliseconds.
    pub steps_ms: BTreeMap<String, u64>,
}
