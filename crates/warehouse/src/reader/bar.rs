//! A curated bar as readers get it: the traded prices, with the factor that adjusts them.

use chrono::NaiveDate;
use market_model::{Code, Exchange, FactorBasis};

/// The source of a bar, as an index into one generation's list of names: `Generation::source_name`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SourceId(pub(crate) u16);

/// One curated day of one code, unadjusted.
///
/// Adjusted prices follow from it: `hfq = raw * factor`, `qfq = raw * (factor / anchor.factor)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bar {
    /// The exchange's local date.
    pub date: NaiveDate,
    /// First trade, yuan as traded.
    pub open: f64,
    /// Highest trade, yuan as traded.
    pub high: f64,
    /// Lowest trade, yuan as traded.
    pub low: f64,
    /// Last trade, yuan as traded.
    pub close: f64,
    /// Traded volume, shares; what [`known_volume`] says of it is what readers are told.
    pub volume: i64,
    /// Traded amount, yuan; NaN where the vendor has none.
    pub amount: f64,
    /// The cumulative adjustment factor of the day; 1 on the day that [`FactorBasis`] names.
    pub factor: f64,
    /// Whose row was chosen.
    pub source: SourceId,
}

/// A generation's last bar of a code: what forward-adjusted (qfq) prices are relative to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Anchor {
    /// The day of the last bar.
    pub date: NaiveDate,
    /// Its factor.
    pub factor: f64,
    /// Where the code's factor is 1.
    pub basis: FactorBasis,
}

/// A stored volume as far as it is one. Nobody counts what is traded of a currency pair, and vendors have no volume for some
/// foreign indices: both come as 0, where a share's 0 means that it did not trade.
#[inline]
pub fn known_volume(code: &Code, volume: i64) -> Option<i64> {
    let is_none = volume == 0 && matches!(code.exchange(), Exchange::Fx | Exchange::Index);
    (!is_none).then_some(volume)
}
