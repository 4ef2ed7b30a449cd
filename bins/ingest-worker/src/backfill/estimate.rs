//! What a run will cost in requests and time, known before it begins.

use std::collections::HashMap;

use chrono::NaiveDate;
use market_model::{Code, TradingCalendar};
use serde::{Deserialize, Serialize};
use warehouse::Listing;

use super::vendor::Pace;

/// The estimate. It supposes that the vendor answers every request at the first try.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Estimate {
    /// Bars, if no code was ever halted.
    pub(crate) bars: u64,
    /// Requests.
    pub(crate) requests: u64,
    /// Seconds at the pace that the vendor allows.
    pub(crate) seconds: u64,
}

/// Estimates the histories of `codes` from `from` to `until`. A code of which nothing is known counts from `from` on.
pub(super) fn estimate(
    codes: &[Code],
    listings: &[Listing],
    calendar: &TradingCalendar,
    pace: Pace,
    from: NaiveDate,
    until: NaiveDate,
) -> Estimate {
    let known: HashMap<Code, &Listing> = listings.iter().map(|one| (one.instrument.code, one)).collect();
    let newest = calendar.range().map_or(until, |(_, last)| last.max(until));
    let open: Vec<NaiveDate> = calendar.open_days(from, newest).collect();
    let days = |from: NaiveDate, to: NaiveDate| {
        let (first, end) = (open.partition_point(|day| *day < from), open.partition_point(|day| *day <= to));
        end.saturating_sub(first) as u64
    };
    let (mut bars, mut requests) = (0, 0);
    for code in codes {
        let instrument = known.get(code).map(|listing| &listing.instrument);
        let first = instrument.and_then(|one| one.listed).map_or(from, |listed| listed.max(from));
        let last = instrument.and_then(|one| one.delisted).map_or(until, |delisted| delisted.min(until));
        let wanted = days(first, last);
        // Who pages from the newest bar backwards has to pass those behind the range too.
        let passed = if pace.newest_first { days(first, newest) } else { wanted };
        bars += wanted;
        requests += passed.div_ceil(pace.bars_per_request).max(1) + pace.other_requests;
    }
    let seconds = (requests as f64 / pace.per_second.max(0.001)).ceil() as u64;
    Estimate { bars, requests, seconds }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_events_and_pace_make_the_estimate() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let days = day("2020-01-01").iter_days().take(2_000).map(|day| (day, true));
        let calendar = TradingCalendar::from_days(days);
        let codes: Vec<Code> = ["600519.SH", "000001.SZ"].map(|code| code.parse().unwrap()).to_vec();
        let (from, until) = (day("2020-01-01"), day("2020-04-09"));
        let newest_first = Pace { bars_per_request: 800, other_requests: 1, per_second: 4.0, newest_first: true };
        // 100 days are wanted, 2,000 are passed: three pages each, and the events.
        let estimate = |pace| super::estimate(&codes, &[], &calendar, pace, from, until);
        assert_eq!(estimate(newest_first), Estimate { bars: 200, requests: 8, seconds: 2 });
        let by_range = Pace { bars_per_request: 6_000, other_requests: 2, per_second: 3.0, newest_first: false };
        assert_eq!(estimate(by_range), Estimate { bars: 200, requests: 6, seconds: 2 });
    }
}
