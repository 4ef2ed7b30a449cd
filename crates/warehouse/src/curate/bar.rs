//! The rows between normalized and curated.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use market_model::{Code, FactorBasis};

/// What a step needs of an earlier curated bar, and a feature window of its close.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Point {
    pub(crate) date: NaiveDate,
    /// hfq close.
    pub(crate) close: f64,
    pub(crate) raw_close: f64,
    pub(crate) factor: f64,
    pub(crate) basis: FactorBasis,
}

/// A source's normalized bar.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Bar {
    pub(crate) date: NaiveDate,
    /// Open, high, low, close as traded.
    pub(crate) raw: [f64; 4],
    pub(crate) volume: i64,
    /// Yuan; NaN where the vendor has none.
    pub(crate) amount: f64,
    pub(crate) pre_close: Option<f64>,
    pub(crate) vendor_factor: Option<f64>,
    pub(crate) source: Arc<str>,
    pub(crate) ingested_at: DateTime<Utc>,
    /// Whether it may become the day's curated row. One that may not (its source's day is incomplete) still says what its
    /// source knows of the day.
    pub(crate) counts: bool,
}

/// A row of `curated_daily`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CuratedRow {
    pub(crate) code: Code,
    pub(crate) date: NaiveDate,
    /// Open, high, low, close as traded.
    pub(crate) raw: [f64; 4],
    pub(crate) volume: i64,
    /// Yuan; NaN where the vendor has none.
    pub(crate) amount: f64,
    pub(crate) factor: f64,
    pub(crate) source: Arc<str>,
    pub(crate) ingested_at: DateTime<Utc>,
    pub(crate) basis: FactorBasis,
}

impl Bar {
    /// Whether the exchange's reference price of the day is known.
    pub(crate) fn reference(&self) -> Option<f64> {
        self.pre_close.filter(|pre_close| pre_close.is_finite() && *pre_close > 0.0)
    }
}

impl CuratedRow {
    /// Open, high, low, close in hfq.
    pub(crate) fn adjusted(&self) -> [f64; 4] {
        self.raw.map(|price| price * self.factor)
    }

    /// Whether `other` says the same, to the bit; `ingested_at` does not count.
    pub(crate) fn says_the_same(&self, other: &Self) -> bool {
        let numbers = |row: &Self| {
            let [open, high, low, close] = row.raw.map(f64::to_bits);
            [open, high, low, close, row.amount.to_bits(), row.factor.to_bits()]
        };
        (self.code, self.date, self.volume, self.basis) == (other.code, other.date, other.volume, other.basis)
            && numbers(self) == numbers(other)
            && self.source == other.source
    }

    pub(crate) fn point(&self) -> Point {
        let [.., close] = self.adjusted();
        Point { date: self.date, close, raw_close: self.raw[3], factor: self.factor, basis: self.basis }
    }
}
