//! What to generate.

use chrono::NaiveDate;

/// The wish for a synthetic market. Equal specs give equal markets, bar by bar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarketSpec {
    /// Seed of every draw.
    pub seed: u64,
    /// How many codes trade at some time in the range. The vendor's lists also hold a few more that were delisted before
    /// it or whose listing is paused throughout.
    pub codes: usize,
    /// First day that may have bars.
    pub first_day: NaiveDate,
    /// Last day that may have bars. The calendar goes on to the end of its year.
    pub last_day: NaiveDate,
}

impl MarketSpec {
    /// A market of `codes` codes over the trading days of `[first_day, last_day]`.
    pub fn new(seed: u64, codes: usize, first_day: NaiveDate, last_day: NaiveDate) -> Self {
        Self { seed, codes, first_day, last_day }
    }

    /// The whole market: 5,500 codes over about 70 trading days up to `last_day`.
    pub fn whole(last_day: NaiveDate) -> Self {
        Self::new(1, 5_500, last_day - chrono::Days::new(104), last_day)
    }

    /// 40 codes, 2024-01-02 to 2024-03-29 (58 trading days), with every oddity at least once: an IPO, a delisting, a
    /// rights issue, ex-dates inside suspensions, single-day, long and partial-day suspensions.
    pub fn small() -> Self {
        let day = |month, day| NaiveDate::from_ymd_opt(2024, month, day).unwrap_or_default();
        Self::new(1, 40, day(1, 2), day(3, 29))
    }
}
