//! What tests ask the world: the truth, as traded.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use market_model::{Code, CorporateAction, DailyBar};

use super::listing::{EventKind, Listing, RawBar};

/// A small market abroad with its whole history, in memory. It is also the oracle: tests compare what went through the
/// system with what this says.
#[derive(Debug, Clone)]
pub struct World {
    pub(crate) listings: BTreeMap<Code, Listing>,
    pub(crate) first_day: NaiveDate,
    pub(crate) last_day: NaiveDate,
}

impl World {
    /// Every code, ascending.
    pub fn codes(&self) -> Vec<Code> {
        self.listings.keys().copied().collect()
    }

    /// The first and the last day that may have bars.
    pub fn range(&self) -> (NaiveDate, NaiveDate) {
        (self.first_day, self.last_day)
    }

    /// An instant at which the last day is over and final everywhere.
    pub fn after_last_day(&self) -> DateTime<Utc> {
        let midnight = self.last_day.and_hms_opt(0, 0, 0).unwrap_or_default().and_utc();
        midnight + TimeDelta::hours(36)
    }

    /// All bars of a code as traded, ascending, in the listing currency, without amounts; empty for an unknown code.
    pub fn bars(&self, code: &Code) -> Vec<DailyBar> {
        let Some(listing) = self.listings.get(code) else { return Vec::new() };
        listing.bars.iter().map(|bar| daily_bar(listing, bar)).collect()
    }

    /// A code's bar of a day; `None` without trading.
    pub fn bar(&self, code: &Code, date: NaiveDate) -> Option<DailyBar> {
        let listing = self.listings.get(code)?;
        let position = listing.bars.binary_search_by_key(&date, |bar| bar.date).ok()?;
        listing.bars.get(position).map(|bar| daily_bar(listing, bar))
    }

    /// The splits and dividends of a code, ascending, one per ex-date, per 10 shares held on the evening before.
    pub fn actions(&self, code: &Code) -> Vec<CorporateAction> {
        let Some(listing) = self.listings.get(code) else { return Vec::new() };
        let mut by_date: BTreeMap<NaiveDate, (f64, f64)> = BTreeMap::new();
        for event in &listing.events {
            let (cash, ratio) = by_date.entry(event.ex_date).or_insert((0.0, 1.0));
            match event.kind {
                EventKind::Dividend { amount } => *cash += amount,
                EventKind::Split { numerator, denominator } => *ratio *= f64::from(numerator) / f64::from(denominator),
            }
        }
        let rounded = |value: f64| (value * 1e8).round() / 1e8;
        let action = |(ex_date, (cash, ratio)): (NaiveDate, (f64, f64))| CorporateAction {
            code: *code,
            ex_date,
            announced: None,
            cash_per_10: rounded(cash * 10.0),
            bonus_per_10: rounded((ratio - 1.0) * 10.0),
            rights_per_10: 0.0,
            rights_price: 0.0,
        };
        by_date.into_iter().map(action).collect()
    }

    /// The days without a bar for which Yahoo sends a row of nulls, ascending.
    pub fn holes(&self, code: &Code) -> Vec<NaiveDate> {
        self.listings.get(code).map_or_else(Vec::new, |listing| listing.holes.clone())
    }

    /// The name of a code.
    pub fn name(&self, code: &Code) -> Option<&str> {
        self.listings.get(code).map(|listing| listing.name.as_str())
    }

    /// When the regular session of a day begins and ends on the exchange of a code; `None` for an unknown code.
    pub fn session(&self, code: &Code, date: NaiveDate) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        let venue = self.listings.get(code)?.venue;
        Some((venue.opens_at(date), venue.closes_at(date)))
    }
}

fn daily_bar(listing: &Listing, bar: &RawBar) -> DailyBar {
    DailyBar {
        code: listing.code,
        trade_date: bar.date,
        open: listing.price(bar.open),
        high: listing.price(bar.high),
        low: listing.price(bar.low),
        close: listing.price(bar.close),
        pre_close: None,
        volume: bar.volume,
        amount: None,
        adj_factor: None,
    }
}
