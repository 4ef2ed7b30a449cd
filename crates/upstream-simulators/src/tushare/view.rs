//! What of the market the vendor shows at one moment.

use std::ops::Range;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};

use super::{faults::Bend, publication::Publication, refusal::Refusal, request::Request};
use crate::market::{Listing, Market};

/// The market as of `now`.
pub(crate) struct View<'a> {
    pub(crate) market: &'a Market,
    /// Shanghai wall clock time.
    pub(crate) now: NaiveDateTime,
    pub(crate) publication: &'a Publication,
    pub(crate) bend: &'a Bend,
}

/// Codes and sessions that a call selects.
pub(crate) struct Selection<'a> {
    pub(crate) listings: Vec<&'a Listing>,
    /// Numbers of the sessions; all of them are published.
    pub(crate) sessions: Range<usize>,
}

impl<'a> View<'a> {
    pub(crate) fn today(&self) -> NaiveDate {
        self.now.date()
    }

    /// How many sessions are published if each one is at the time `at` of its day.
    pub(crate) fn published(&self, at: NaiveTime) -> usize {
        self.market.sessions.days().partition_point(|day| day.and_time(at) <= self.now)
    }

    /// Reads `ts_code`, `trade_date`, `start_date` and `end_date`. `lists` = `ts_code` may be several, with commas.
    pub(crate) fn select(&self, request: &Request, at: NaiveTime, lists: bool) -> Result<Selection<'a>, Refusal> {
        let (mut from, mut to) = request.date_range()?;
        if let Some(day) = request.date("trade_date")? {
            (from, to) = (day, day);
        }
        let range = self.market.sessions.range(from, to);
        let published = self.published(at);
        let sessions = range.start.min(published)..range.end.min(published);
        Ok(Selection { listings: self.listings(request.param("ts_code"), lists), sessions })
    }

    /// The listings of a `ts_code` parameter, ascending; all without one. Unknown codes are nothing.
    fn listings(&self, ts_code: Option<&str>, lists: bool) -> Vec<&'a Listing> {
        let Some(text) = ts_code else { return self.market.listings.iter().collect() };
        if !lists && text.contains(',') {
            return Vec::new();
        }
        let codes = text.split(',').filter_map(|code| code.trim().parse().ok());
        let mut listings: Vec<&Listing> = codes.filter_map(|code| self.market.listing(&code)).collect();
        listings.sort_by_key(|listing| listing.id.code);
        listings.dedup_by_key(|listing| listing.id.code);
        listings
    }
}

impl Selection<'_> {
    /// Every selected `(listing, session)` on which the code is listed: newest session first, then by code.
    pub(crate) fn listed_days(&self, market: &Market) -> impl Iterator<Item = (&Listing, u16)> {
        self.sessions.clone().rev().flat_map(move |session| {
            let date = market.sessions.date(session as u16);
            let listed = self.listings.iter().filter(move |listing| listing.is_listed_on(date));
            listed.map(move |listing| (*listing, session as u16))
        })
    }
}
