//! From a curated bar to the next one of its code: does a bar continue the series, and how much does the factor grow?

use std::sync::Arc;

use chrono::NaiveDate;
use market_model::factor_step;

use super::{Bar, Events};

/// Two prices are the same if they differ by no more than half a tick of a share …
const HALF_TICK: f64 = 0.005;
/// … and by no more than this part of the price: a currency's tick is far finer.
const SAME_SHARE: f64 = 1e-3;
/// What binary leaves.
const BINARY: f64 = 1e-9;

/// A vendor's factor and a derived one may differ by this, relatively, and by the rounding of the vendor's figures.
const FACTOR_TOLERANCE: f64 = 1e-4;
/// Vendors publish factors with three decimals: two of them may be off by half of the last one each.
const FACTOR_ROUNDING: f64 = 0.001;

/// What a source's own bar says of the day of a curated row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Known {
    pub(crate) source: Arc<str>,
    pub(crate) close: f64,
    pub(crate) vendor_factor: Option<f64>,
}

/// The curated bar before.
#[derive(Debug, Clone, Copy)]
pub(super) struct Before<'a> {
    pub(super) date: NaiveDate,
    /// As traded.
    pub(super) close: f64,
    pub(super) factor: f64,
    pub(super) source: &'a Arc<str>,
    /// The sources' own bars of that day, from before the chain was taken up.
    pub(super) known: &'a [Known],
    /// The same, of a day within the chain.
    pub(super) bars: &'a [Bar],
}

/// How a factor disagrees with a vendor's: both as the growth since the bar before.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Disagreement<'a> {
    pub(super) vendor: &'a Arc<str>,
    pub(super) derived: f64,
    pub(super) theirs: f64,
}

impl<'a> Before<'a> {
    /// Every source's close and factor of that day.
    fn of_day(self) -> impl Iterator<Item = (&'a Arc<str>, f64, Option<f64>)> {
        let known = self.known.iter().map(|own| (&own.source, own.close, own.vendor_factor));
        known.chain(self.bars.iter().map(|bar| (&bar.source, bar.raw[3], bar.vendor_factor)))
    }

    fn of(self, source: &Arc<str>) -> Option<(f64, Option<f64>)> {
        self.of_day().find(|(own, ..)| same(own, source)).map(|(_, close, factor)| (close, factor))
    }

    /// Whether `bar` continues the series. One from another source does if that source had the same close on the day before,
    /// or, if it had no bar there, if the reference it starts from is that close or the exchange's price after the events
    /// since.
    pub(super) fn is_continued_by(self, bar: &Bar, events: &Events) -> bool {
        if same(self.source, &bar.source) {
            return true;
        }
        if let Some((close, _)) = self.of(&bar.source) {
            return is_same_price(close, self.close);
        }
        bar.reference().is_some_and(|reference| {
            is_same_price(reference, self.close)
                || events
                    .reference(self.date, self.close, bar.date)
                    .is_some_and(|expected| is_same_price(reference, expected))
        })
    }

    /// By how much the factor grows up to `bar`. The bar's own reference price says it, if there is no day between that
    /// nobody knows; then the events; then the growth of the vendor's factor. Over a gap the vendor's factor comes first, for
    /// an event applies to the close of a day that is not there.
    pub(super) fn step(self, bar: &Bar, events: &Events, gap_unknown: bool) -> f64 {
        if let Some(reference) = bar.reference().filter(|_| !gap_unknown) {
            return factor_step(self.close, reference);
        }
        let by_events = || {
            let reference = events.reference(self.date, self.close, bar.date)?;
            Some(factor_step(self.close, reference))
        };
        let by_vendor = || {
            let (_, before) = self.of(&bar.source)?;
            Some(factor_step(bar.vendor_factor?, before?))
        };
        let step = if gap_unknown { by_vendor().or_else(by_events) } else { by_events().or_else(by_vendor) };
        step.unwrap_or(1.0)
    }

    /// The vendors among the bars of a day that say that the factor grows otherwise than by `derived`: by their own factors, or,
    /// where one has none for both days, by the reference price that it states.
    pub(super) fn disagreements(
        self,
        day: &'a [Bar],
        derived: f64,
        gap_unknown: bool,
    ) -> impl Iterator<Item = Disagreement<'a>> {
        day.iter().filter_map(move |bar| {
            let theirs = match self.vendor_growth(bar) {
                Some(growth) if growth.agrees_with(derived) => return None,
                Some(growth) => growth.by,
                None => self.growth_by_reference(bar, derived).filter(|_| !gap_unknown)?,
            };
            Some(Disagreement { vendor: &bar.source, derived, theirs })
        })
    }

    /// The growth that the events up to `day` mean, if it is not the one derived.
    pub(super) fn growth_by_events(self, day: NaiveDate, events: &Events, derived: f64) -> Option<f64> {
        let reference = events.reference(self.date, self.close, day)?;
        (!is_same_price(self.close / derived, reference)).then(|| factor_step(self.close, reference))
    }

    fn vendor_growth(self, bar: &Bar) -> Option<Growth> {
        let is_factor = |factor: &f64| factor.is_finite() && *factor > 0.0;
        let after = bar.vendor_factor.filter(is_factor)?;
        let before = self.of(&bar.source)?.1.filter(is_factor)?;
        Some(Growth { by: after / before, tolerance: FACTOR_TOLERANCE + FACTOR_ROUNDING / before.min(after) })
    }

    /// The growth that the bar's reference price means, if it is not the one derived.
    fn growth_by_reference(self, bar: &Bar, derived: f64) -> Option<f64> {
        let reference = bar.reference()?;
        let close = self.of(&bar.source).map_or(self.close, |(close, _)| close);
        (!is_same_price(close / derived, reference)).then(|| factor_step(close, reference))
    }
}

/// How a vendor's factor grows.
#[derive(Debug, Clone, Copy)]
struct Growth {
    by: f64,
    tolerance: f64,
}

impl Growth {
    fn agrees_with(self, derived: f64) -> bool {
        (derived / self.by - 1.0).abs() <= self.tolerance
    }
}

fn is_same_price(a: f64, b: f64) -> bool {
    (a - b).abs() <= HALF_TICK.min(b.abs() * SAME_SHARE) + BINARY
}

fn same(a: &Arc<str>, b: &Arc<str>) -> bool {
    Arc::ptr_eq(a, b) || a == b
}
