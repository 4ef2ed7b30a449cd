//! What the rules know about the market apart from the code at hand.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use market_model::{TradingCalendar, rulebook::NoLimitDays};

/// How exact the rules are. The defaults are the specification's, or sourced.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Two sources' closes may differ by this, relative (0.0001 is 0.01 %).
    pub close_tolerance: f64,
    /// A day's move beyond this is flagged, relative.
    pub large_move: f64,
    /// Two sources' volumes may differ by this, relative, or by one lot of 100 shares: TDX sends whole lots.
    pub volume_tolerance: f64,
    /// Two sources' amounts may differ by this, relative: TDX sends 32-bit floats.
    pub amount_tolerance: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self { close_tolerance: 0.0001, large_move: 0.20, volume_tolerance: 0.005, amount_tolerance: 0.001 }
    }
}

/// What the rules know about the market apart from the code at hand.
#[derive(Debug, Clone, Copy)]
pub struct Market<'a> {
    /// The mainland's trading days.
    pub calendar: &'a TradingCalendar,
    /// Names of the sources; rows hold the index.
    pub sources: &'a [String],
    /// Days on which the whole market's bars are served: only there is a missing bar a gap.
    pub complete_days: &'a BTreeSet<NaiveDate>,
    /// Trading days, between the first and the last that is served, of which no market is: what traded then is not known,
    /// so a bar after them cannot be compared with one before as if nothing had happened.
    pub unknown_days: &'a BTreeSet<NaiveDate>,
    /// Days of single codes that have no price limit.
    pub no_limit_days: &'a NoLimitDays,
    /// How exact the rules are.
    pub options: &'a Options,
}
