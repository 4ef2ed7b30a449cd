//! The factor of each bar from the bar before it, and the curated rows that follow: a pure function.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use market_model::{Code, FactorBasis, NextBar, PrevBar, next_factor};

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

/// The normalized bar that was chosen for a day.
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
}

impl Bar {
    /// Whether the step to this bar depends on the vendor's factor.
    pub(crate) fn needs_vendor_factor(&self, gap_unknown: bool) -> bool {
        gap_unknown || self.pre_close.is_none_or(|pre_close| pre_close.is_nan() || pre_close <= 0.0)
    }
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

/// Where a chain is taken up.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Start {
    /// After an earlier bar, with the vendor's factor of that day where it is needed and known.
    After(Point, Option<f64>),
    /// At the code's first bar.
    First {
        /// The listing day, where known.
        listed: Option<NaiveDate>,
    },
}

/// The curated rows of `bars` (ascending) from `start` on.
pub(crate) fn chain(
    code: Code,
    start: Start,
    bars: &[Bar],
    mut gap_unknown: impl FnMut(NaiveDate, NaiveDate) -> bool,
) -> Vec<CuratedRow> {
    let mut before = match start {
        Start::After(point, vendor_factor) => {
            let prev = PrevBar { close: point.raw_close, factor: point.factor, vendor_factor };
            Some((point.date, prev))
        }
        Start::First { .. } => None,
    };
    let basis = match (start, bars.first()) {
        (Start::After(point, _), _) => point.basis,
        (Start::First { listed }, Some(bar)) => FactorBasis::of(bar.date, listed),
        (Start::First { .. }, None) => return Vec::new(),
    };
    let mut rows = Vec::with_capacity(bars.len());
    for bar in bars {
        let factor = match before {
            None => 1.0,
            Some((date, prev)) => {
                let next = NextBar { pre_close: bar.pre_close, vendor_factor: bar.vendor_factor };
                next_factor(prev, &next, gap_unknown(date, bar.date))
            }
        };
        before = Some((bar.date, PrevBar { close: bar.raw[3], factor, vendor_factor: bar.vendor_factor }));
        rows.push(CuratedRow {
            code,
            date: bar.date,
            raw: bar.raw,
            volume: bar.volume,
            amount: bar.amount,
            factor,
            source: Arc::clone(&bar.source),
            ingested_at: bar.ingested_at,
            basis,
        });
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(day: u32, close: f64, pre_close: f64, vendor_factor: Option<f64>) -> Bar {
        Bar {
            date: NaiveDate::from_ymd_opt(2024, 1, day).unwrap(),
            raw: [close; 4],
            volume: 100,
            amount: close * 100.0,
            pre_close: Some(pre_close),
            vendor_factor,
            source: "tushare".into(),
            ingested_at: DateTime::default(),
        }
    }

    fn bars() -> Vec<Bar> {
        vec![
            bar(2, 10.0, 9.0, Some(1.0)),
            bar(3, 12.0, 10.0, Some(1.0)),
            // Ex-date: reference 6 after a close of 12.
            bar(4, 6.5, 6.0, Some(2.0)),
            bar(5, 7.0, 6.5, Some(2.0)),
        ]
    }

    const CODE: &str = "600000.SH";

    #[test]
    fn the_chain_starts_at_one_and_grows_at_ex_dates_only() {
        let code = CODE.parse().unwrap();
        let listed = Some(bars()[0].date);
        let rows = chain(code, Start::First { listed }, &bars(), |_, _| false);
        let factors: Vec<_> = rows.iter().map(|row| row.factor).collect();
        assert_eq!(factors, [1.0, 1.0, 2.0, 2.0]);
        assert!(rows.iter().all(|row| row.basis == FactorBasis::Listing));
        assert_eq!(rows[3].adjusted()[3], 14.0);
    }

    #[test]
    fn taking_a_chain_up_in_the_middle_gives_the_same_bits() {
        let code = CODE.parse().unwrap();
        let bars = bars();
        let whole = chain(code, Start::First { listed: None }, &bars, |_, _| false);
        for at in 1..bars.len() {
            let start = Start::After(whole[at - 1].point(), bars[at - 1].vendor_factor);
            assert_eq!(chain(code, start, &bars[at..], |_, _| false), whole[at..]);
        }
    }

    #[test]
    fn over_an_unknown_gap_the_vendors_ratio_counts() {
        let code = CODE.parse().unwrap();
        let with_gap = [bar(2, 10.0, 9.0, Some(1.0)), bar(5, 7.0, 6.5, Some(2.0))];
        let rows = chain(code, Start::First { listed: None }, &with_gap, |_, _| true);
        assert_eq!(rows[1].factor, 2.0);
    }
}
