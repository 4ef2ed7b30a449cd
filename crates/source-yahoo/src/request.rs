//! One question as it is sent, and as it is kept.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use serde::Serialize;

use crate::symbol;

/// Days asked for before the first one wanted: time zones, and a close before a split on the first day.
const CONTEXT_DAYS: u64 = 10;

/// One question.
#[derive(Debug, Serialize)]
pub(crate) struct Request<'a> {
    pub(crate) symbol: &'a str,
    period1: i64,
    period2: i64,
    interval: &'static str,
    events: &'static str,
}

impl<'a> Request<'a> {
    pub(crate) fn new(symbol: &'a str, from: NaiveDate, now: DateTime<Utc>) -> Self {
        let start = from.checked_sub_days(Days::new(CONTEXT_DAYS)).unwrap_or(from);
        Self {
            symbol,
            period1: start.and_time(NaiveTime::MIN).and_utc().timestamp(),
            period2: now.timestamp(),
            interval: "1d",
            events: "div,splits,capitalGains",
        }
    }

    pub(crate) fn url(&self, base_url: &str) -> String {
        let Self { symbol, period1, period2, interval, events } = self;
        format!(
            "{}/v8/finance/chart/{}?period1={period1}&period2={period2}&interval={interval}&events={events}\
             &includePrePost=false",
            base_url.trim_end_matches('/'),
            symbol::escape(symbol),
        )
    }

    pub(crate) fn json(&self) -> String {
        // Five plain fields: there is nothing in them that JSON could not hold.
        serde_json::to_string(self).unwrap_or_default()
    }
}
