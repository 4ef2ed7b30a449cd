//! What to generate.

use chrono::NaiveDate;

/// The wish for a synthetic world. Equal specs give equal worlds, bar by bar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorldSpec {
    /// Seed of every draw.
    pub seed: u64,
    /// First day that may have bars.
    pub first_day: NaiveDate,
    /// Last day that may have bars.
    pub last_day: NaiveDate,
}

impl WorldSpec {
    /// A world over the trading days of `[first_day, last_day]`.
    pub fn new(seed: u64, first_day: NaiveDate, last_day: NaiveDate) -> Self {
        Self { seed, first_day, last_day }
    }

    /// 2022-07-04 to 2024-03-29: about 440 trading days per exchange, over four changes of the clocks, ending where
    /// [`MarketSpec::small`](crate::MarketSpec::small) ends.
    pub fn small() -> Self {
        let day = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default();
        Self::new(1, day(2022, 7, 4), day(2024, 3, 29))
    }
}
