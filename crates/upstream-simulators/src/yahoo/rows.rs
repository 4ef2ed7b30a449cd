//! The rows of an answer: sessions that have begun, split-adjusted, the live one at its own time.

use chrono::{DateTime, NaiveDate, Utc};

use super::{faults::YahooFault, query::Query};
use crate::world::{Listing, RawBar};

/// One row before it is written; `None` = all null.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Row {
    pub(super) timestamp: i64,
    pub(super) date: NaiveDate,
    pub(super) values: Option<Values>,
}

/// Prices and volume as they are sent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Values {
    pub(super) open: f64,
    pub(super) high: f64,
    pub(super) low: f64,
    pub(super) close: f64,
    pub(super) volume: f64,
}

/// The daily rows of the range that Yahoo has at `now`.
pub(super) fn daily(listing: &Listing, query: &Query, now: DateTime<Utc>, faults: &[YahooFault]) -> Vec<Row> {
    let venue = listing.venue;
    let today = venue.date(now);
    let known = known_splits_until(listing, now);
    let applies = !faults.contains(&YahooFault::SplitsNotApplied);
    let adjusted = |bar: &RawBar| {
        let ratio = if applies { listing.ratio_after(bar.date, known) } else { 1.0 };
        values(listing, bar, ratio)
    };
    let mut rows = Vec::new();
    for bar in listing.bars.iter().filter(|bar| venue.opens_at(bar.date) <= now) {
        let (open, close) = (venue.opens_at(bar.date).timestamp(), venue.closes_at(bar.date).timestamp());
        if now.timestamp() < close {
            // Appended although it lies behind the range.
            if query.to > open - 3 * 86_400 {
                let partial = partial(bar, now.timestamp() - open, close - open);
                rows.push(Row { timestamp: now.timestamp(), date: bar.date, values: Some(adjusted(&partial)) });
            }
        } else if bar.date == today {
            // The day's own row is behind, the settled bar stands after it under the time of the last trade.
            let before_closing_auction = partial(bar, 39, 40);
            rows.push(Row { timestamp: open, date: bar.date, values: Some(adjusted(&before_closing_auction)) });
            rows.push(Row { timestamp: close, date: bar.date, values: Some(adjusted(bar)) });
        } else {
            rows.push(Row { timestamp: open, date: bar.date, values: Some(adjusted(bar)) });
        }
    }
    let holes = listing.holes.iter().filter(|hole| venue.opens_at(**hole) <= now);
    rows.extend(holes.map(|hole| Row { timestamp: venue.opens_at(*hole).timestamp(), date: *hole, values: None }));
    rows.sort_by_key(|row| row.timestamp);
    rows.retain(|row| row.timestamp >= query.from && (row.timestamp < query.to || row.date == today));
    rows
}

/// The last date whose splits have happened at `now`.
pub(super) fn known_splits_until(listing: &Listing, now: DateTime<Utc>) -> NaiveDate {
    let today = listing.venue.date(now);
    if listing.venue.opens_at(today) <= now { today } else { today.pred_opt().unwrap_or(today) }
}

/// A bar divided by the splits after it, through six decimals and a 32-bit float.
fn values(listing: &Listing, bar: &RawBar, ratio: f64) -> Values {
    let price = |ticks: i64| {
        let price = listing.price(ticks);
        // What no split has touched is stored as it was traded.
        let stored = if ratio == 1.0 { price } else { (price / ratio * 1e6).round() / 1e6 };
        f64::from(stored as f32)
    };
    Values {
        open: price(bar.open),
        high: price(bar.high),
        low: price(bar.low),
        close: price(bar.close),
        volume: (bar.volume as f64 * ratio).round(),
    }
}

/// What of a bar has been traded after `passed` of `whole` seconds. Never the final bar.
fn partial(bar: &RawBar, passed: i64, whole: i64) -> RawBar {
    let part = (passed.max(1) as f64 / whole.max(1) as f64).min(0.98);
    let towards = |from: i64, to: i64| from + ((to - from) as f64 * part) as i64;
    let close = towards(bar.open, bar.close);
    let high = towards(bar.open.max(close), bar.high);
    let low = towards(bar.open.min(close), bar.low);
    RawBar { close, high, low, volume: (bar.volume as f64 * part) as i64, ..*bar }
}

/// Rows put together by `period`, which numbers the weeks or months of their dates.
pub(super) fn grouped(rows: &[Row], period: impl Fn(NaiveDate) -> i32) -> Vec<Row> {
    let mut groups: Vec<(i32, Row)> = Vec::new();
    for row in rows {
        let Some(values) = row.values else { continue };
        match groups.last_mut() {
            Some((number, Row { values: Some(group), .. })) if *number == period(row.date) => {
                group.high = group.high.max(values.high);
                group.low = group.low.min(values.low);
                group.close = values.close;
                group.volume += values.volume;
            }
            _ => groups.push((period(row.date), *row)),
        }
    }
    groups.into_iter().map(|(_, row)| row).collect()
}
