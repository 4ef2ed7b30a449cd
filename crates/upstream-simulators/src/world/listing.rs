//! One instrument with its history, as traded.

use chrono::NaiveDate;
use market_model::Code;

use super::{profile::Kind, venue::Venue};

/// One day of one instrument. Prices are whole numbers of 10^-decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RawBar {
    pub(crate) date: NaiveDate,
    pub(crate) open: i64,
    pub(crate) high: i64,
    pub(crate) low: i64,
    pub(crate) close: i64,
    pub(crate) volume: i64,
}

/// Something that happens before a session.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Event {
    pub(crate) ex_date: NaiveDate,
    pub(crate) kind: EventKind,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum EventKind {
    /// New shares for old ones.
    Split { numerator: u32, denominator: u32 },
    /// Cash per share held on the evening before.
    Dividend { amount: f64 },
}

#[derive(Debug, Clone)]
pub(crate) struct Listing {
    pub(crate) code: Code,
    pub(crate) name: String,
    pub(crate) venue: Venue,
    pub(crate) kind: Kind,
    pub(crate) currency: String,
    /// Yahoo's abbreviation and full name of the exchange.
    pub(crate) exchange: (&'static str, &'static str),
    pub(crate) decimals: u32,
    /// Ascending.
    pub(crate) bars: Vec<RawBar>,
    /// Ascending by ex-date.
    pub(crate) events: Vec<Event>,
    /// Days without a bar for which a vendor sends a row all the same: holidays, halts. Ascending.
    pub(crate) holes: Vec<NaiveDate>,
}

impl Listing {
    /// A price in the listing currency.
    pub(crate) fn price(&self, ticks: i64) -> f64 {
        ticks as f64 / 10_f64.powi(self.decimals as i32)
    }

    /// New shares per share of `date`, by the splits after it up to `known`.
    pub(crate) fn ratio_after(&self, date: NaiveDate, known: NaiveDate) -> f64 {
        self.ratio(|ex_date| ex_date > date && ex_date <= known)
    }

    /// New shares per share held on the evening before `date`, by the splits from it up to `known`.
    pub(crate) fn ratio_before(&self, date: NaiveDate, known: NaiveDate) -> f64 {
        self.ratio(|ex_date| ex_date >= date && ex_date <= known)
    }

    fn ratio(&self, counts: impl Fn(NaiveDate) -> bool) -> f64 {
        let splits = self.events.iter().filter(|event| counts(event.ex_date)).filter_map(|event| match event.kind {
            EventKind::Split { numerator, denominator } => Some((f64::from(numerator), f64::from(denominator))),
            EventKind::Dividend { .. } => None,
        });
        let (numerator, denominator) = splits.fold((1.0, 1.0), |(n, d), (a, b)| (n * a, d * b));
        numerator / denominator
    }
}
