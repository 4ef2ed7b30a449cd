//! The rows of an answer: as traded, with adjusted closes beside them, the running day included.

use chrono::{DateTime, NaiveDate, Utc};

use crate::world::{Event, EventKind, Listing, RawBar};

/// One day before it is written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Row {
    pub(super) bar: RawBar,
    /// The close with every later dividend and split taken out, in the listing currency.
    pub(super) adjusted_close: f64,
    /// Per share.
    pub(super) dividend: f64,
    pub(super) split: f64,
}

/// Every day that has begun at `now`, newest first.
pub(super) fn rows(listing: &Listing, now: DateTime<Utc>) -> Vec<Row> {
    let venue = listing.venue;
    let mut rows = Vec::new();
    let mut factor = 1.0;
    let begun = listing.bars.iter().filter(|bar| venue.opens_at(bar.date) <= now).collect::<Vec<_>>();
    for (index, bar) in begun.iter().enumerate().rev() {
        let (dividend, split) = happened_on(listing, bar.date);
        let running = now < venue.closes_at(bar.date);
        let bar = if running { unfinished(bar) } else { **bar };
        let adjusted_close = listing.price(bar.close) * factor;
        rows.push(Row { bar, adjusted_close, dividend, split });
        let before = index.checked_sub(1).and_then(|index| begun.get(index)).map(|bar| listing.price(bar.close));
        if let Some(before) = before.filter(|before| *before > dividend) {
            factor *= (before - dividend) / before / split;
        }
    }
    rows
}

/// Cash per share held on the evening before, and new shares per old one.
fn happened_on(listing: &Listing, date: NaiveDate) -> (f64, f64) {
    let events = listing.events.iter().filter(|event| event.ex_date == date);
    events.fold((0.0, 1.0), |(cash, ratio), Event { kind, .. }| match kind {
        EventKind::Dividend { amount } => (cash + amount, ratio),
        EventKind::Split { numerator, denominator } => (cash, ratio * f64::from(*numerator) / f64::from(*denominator)),
    })
}

/// A day that still trades: half of everything.
fn unfinished(bar: &RawBar) -> RawBar {
    let close = (bar.open + bar.close) / 2;
    let (high, low) = (bar.high.midpoint(bar.open.max(close)), bar.low.midpoint(bar.open.min(close)));
    RawBar {
        close,
        high: high.max(bar.open.max(close)),
        low: low.min(bar.open.min(close)),
        volume: bar.volume / 2,
        ..*bar
    }
}
