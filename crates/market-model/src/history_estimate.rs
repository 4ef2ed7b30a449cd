//! What whole histories cost to fetch, known before it begins.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::{Instrument, TradingCalendar};

/// How fast a vendor gives how much.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HistoryPace {
    /// Bars in one answer.
    bars_per_request: u64,
    /// Requests per code besides those for bars.
    other_requests: u64,
    /// Requests per second, all together.
    per_second: f64,
    /// Whether bars are paged from the newest backwards, past those behind the range.
    newest_first: bool,
}

impl HistoryPace {
    /// TDX: pages of 800 bars from the newest backwards, and the list of events.
    pub fn tdx(requests_per_second: f64) -> Self {
        Self { bars_per_request: 800, other_requests: 1, per_second: requests_per_second, newest_first: true }
    }

    /// Tushare: bars, factors and dividends, a call each, all of a range at once.
    pub fn tushare(requests_per_second: f64) -> Self {
        Self { bars_per_request: 6_000, other_requests: 2, per_second: requests_per_second, newest_first: false }
    }
}

/// The cost, if the vendor answers every request at the first try.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryEstimate {
    /// Bars, if no code was ever halted.
    pub bars: u64,
    /// Requests.
    pub requests: u64,
    /// Seconds at the pace that the vendor allows.
    pub seconds: u64,
}

/// Estimates the histories of `codes` over `from..=until`; `newest` is the newest day of which there are bars. A code of
/// which nothing is known (`None`) counts from `from` on.
pub fn estimate_histories<'a>(
    codes: impl IntoIterator<Item = Option<&'a Instrument>>,
    calendar: &TradingCalendar,
    pace: HistoryPace,
    (from, until): (NaiveDate, NaiveDate),
    newest: NaiveDate,
) -> HistoryEstimate {
    let newest = newest.max(until);
    let open: Vec<NaiveDate> = calendar.open_days(from, newest).collect();
    let days = |from: NaiveDate, to: NaiveDate| {
        let (first, end) = (open.partition_point(|day| *day < from), open.partition_point(|day| *day <= to));
        end.saturating_sub(first) as u64
    };
    let mut estimate = HistoryEstimate::default();
    for instrument in codes {
        let first = instrument.and_then(|one| one.listed).map_or(from, |listed| listed.max(from));
        let delisted = instrument.and_then(|one| one.delisted);
        let wanted = days(first, delisted.map_or(until, |delisted| delisted.min(until)));
        let behind = delisted.map_or(newest, |delisted| delisted.min(newest));
        let passed = if pace.newest_first { days(first, behind) } else { wanted };
        estimate.bars += wanted;
        estimate.requests += passed.div_ceil(pace.bars_per_request).max(1) + pace.other_requests;
    }
    estimate.seconds = (estimate.requests as f64 / pace.per_second.max(0.001)).ceil() as u64;
    estimate
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_events_and_pace_make_the_estimate() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let days = day("2020-01-01").iter_days().take(2_000).map(|day| (day, true));
        let calendar = TradingCalendar::from_days(days);
        let range = (day("2020-01-01"), day("2020-04-09"));
        let estimate = |pace, newest| estimate_histories([None, None], &calendar, pace, range, day(newest));
        // 100 days are wanted, 2,000 are passed: three pages each, and the events.
        let expected = HistoryEstimate { bars: 200, requests: 8, seconds: 2 };
        assert_eq!(estimate(HistoryPace::tdx(4.0), "2025-06-22"), expected);
        let expected = HistoryEstimate { bars: 200, requests: 4, seconds: 1 };
        assert_eq!(estimate(HistoryPace::tdx(4.0), "2020-04-09"), expected);
        let expected = HistoryEstimate { bars: 200, requests: 6, seconds: 2 };
        assert_eq!(estimate(HistoryPace::tushare(3.0), "2025-06-22"), expected);
    }
}
