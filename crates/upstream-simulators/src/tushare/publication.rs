//! When the vendor publishes the data of a trading day.

use chrono::NaiveTime;

/// Shanghai wall clock times on the trading day itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publication {
    /// `stk_limit` of the day.
    pub stk_limit: NaiveTime,
    /// `adj_factor` of the day.
    pub adj_factor: NaiveTime,
    /// `suspend_d` of the day.
    pub suspend_d: NaiveTime,
    /// `daily` answers with a live, partial bar from here on: a trap for clients that do not look at the clock.
    pub live: NaiveTime,
    /// `daily` of the day is final.
    pub daily: NaiveTime,
    /// `daily_basic` of the day.
    pub daily_basic: NaiveTime,
}

impl Default for Publication {
    /// 08:40, 09:20, 09:20, 09:30, 15:30 and 17:00.
    fn default() -> Self {
        let time = |hour, minute| NaiveTime::from_hms_opt(hour, minute, 0).unwrap_or_default();
        Self {
            stk_limit: time(8, 40),
            adj_factor: time(9, 20),
            suspend_d: time(9, 20),
            live: time(9, 30),
            daily: time(15, 30),
            daily_basic: time(17, 0),
        }
    }
}
