//! The cumulative factor over all of a code's bars.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::reference::ex_right_reference;
use super::step::{NextBar, PrevBar, factor_step, next_factor};
use crate::CorporateAction;

/// Where a chain of factors starts at 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FactorBasis {
    /// On the listing day: hfq prices are comparable over the whole life.
    Listing,
    /// On the first bar at hand, for history does not reach back to the listing.
    FirstBar,
}

impl FactorBasis {
    /// The basis of a chain whose first bar is on `first_bar`.
    pub fn of(first_bar: NaiveDate, listed: Option<NaiveDate>) -> Self {
        if listed == Some(first_bar) { Self::Listing } else { Self::FirstBar }
    }

    /// The text in the warehouse and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Listing => "listing",
            Self::FirstBar => "first_bar",
        }
    }

    /// The inverse of [`FactorBasis::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Listing, Self::FirstBar].into_iter().find(|basis| basis.as_str() == text)
    }
}

/// What a chain needs of a bar.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChainBar {
    /// The day.
    pub date: NaiveDate,
    /// Raw close, yuan.
    pub close: f64,
    /// Ex-right reference price, yuan, where known.
    pub pre_close: Option<f64>,
    /// The vendor's factor, where known.
    pub vendor_factor: Option<f64>,
}

/// Why no chain can be built.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum AdjustError {
    /// Bars are not in strictly ascending order of date: a bug of the caller.
    #[error("bars are not in ascending order of date at {0}")]
    Unsorted(NaiveDate),
    /// An event that leaves no positive price: its figures are wrong, look at them.
    #[error("the event of {ex_date} leaves no positive reference price of {prev_close}")]
    ImpossibleEvent {
        /// The event's ex-date.
        ex_date: NaiveDate,
        /// The close (or earlier reference of the same gap) it was applied to.
        prev_close: f64,
    },
}

/// A code's cumulative factors, one per bar, ascending.
#[derive(Debug, Clone, PartialEq)]
pub struct FactorChain {
    factors: Vec<(NaiveDate, f64)>,
    basis: FactorBasis,
}

impl FactorChain {
    /// From `pre_close`: see [`next_factor`]. `gap_unknown(a, b)` says whether a trading day between the bars of `a` and
    /// `b` is missing for want of data (a suspension is not).
    pub fn from_pre_close(
        bars: &[ChainBar],
        listed: Option<NaiveDate>,
        mut gap_unknown: impl FnMut(NaiveDate, NaiveDate) -> bool,
    ) -> Result<Self, AdjustError> {
        Self::build(bars, listed, |prev, factor, bar| {
            let prev_bar = PrevBar { close: prev.close, factor, vendor_factor: prev.vendor_factor };
            let next_bar = NextBar { pre_close: bar.pre_close, vendor_factor: bar.vendor_factor };
            Ok(next_factor(prev_bar, &next_bar, gap_unknown(prev.date, bar.date)))
        })
    }

    /// From corporate actions, in any order. An event takes effect on the first bar on or after its ex-date; several
    /// between two bars compound in order of date, those of one date add up. Events on or before the first bar and after
    /// the last are ignored: the one is in the first price already, the other has not happened yet.
    pub fn from_actions(
        bars: &[ChainBar],
        actions: &[CorporateAction],
        listed: Option<NaiveDate>,
    ) -> Result<Self, AdjustError> {
        let mut actions = actions.to_vec();
        actions.sort_by_key(|action| action.ex_date);
        let mut pending = actions.as_slice();
        if let Some(first) = bars.first() {
            pending = &pending[pending.partition_point(|action| action.ex_date <= first.date)..];
        }
        Self::build(bars, listed, |prev, factor, bar| {
            let (due, later) = pending.split_at(pending.partition_point(|action| action.ex_date <= bar.date));
            pending = later;
            Ok(factor * factor_step(prev.close, reference_after(prev.close, due)?))
        })
    }

    fn build(
        bars: &[ChainBar],
        listed: Option<NaiveDate>,
        mut step: impl FnMut(&ChainBar, f64, &ChainBar) -> Result<f64, AdjustError>,
    ) -> Result<Self, AdjustError> {
        let Some(first) = bars.first() else {
            return Ok(Self { factors: Vec::new(), basis: FactorBasis::FirstBar });
        };
        let mut factors = Vec::with_capacity(bars.len());
        let mut factor = 1.0;
        factors.push((first.date, factor));
        for pair in bars.windows(2) {
            let (prev, bar) = (&pair[0], &pair[1]);
            if bar.date <= prev.date {
                return Err(AdjustError::Unsorted(bar.date));
            }
            factor = step(prev, factor, bar)?;
            factors.push((bar.date, factor));
        }
        Ok(Self { factors, basis: FactorBasis::of(first.date, listed) })
    }

    /// One factor per bar, ascending.
    pub fn factors(&self) -> &[(NaiveDate, f64)] {
        &self.factors
    }

    /// The factor in force on `date`, also on a day without a bar; `None` before the first bar.
    pub fn factor_on(&self, date: NaiveDate) -> Option<f64> {
        let after = self.factors.partition_point(|(day, _)| *day <= date);
        Some(self.factors[after.checked_sub(1)?].1)
    }

    /// Where the chain starts at 1.
    pub fn basis(&self) -> FactorBasis {
        self.basis
    }
}

/// The reference after all events between two bars; `events` ascend by ex-date.
fn reference_after(prev_close: f64, events: &[CorporateAction]) -> Result<f64, AdjustError> {
    events.chunk_by(|a, b| a.ex_date == b.ex_date).try_fold(prev_close, |close, same_day| {
        ex_right_reference(close, same_day)
            .ok_or(AdjustError::ImpossibleEvent { ex_date: same_day[0].ex_date, prev_close: close })
    })
}

#[cfg(test)]
mod tests;
