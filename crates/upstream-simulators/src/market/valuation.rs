//! The daily valuation figures of a code, derived from its bars, shares and reports when asked for.

use chrono::{Datelike, NaiveDate};

use super::{
    draw::noise,
    listing::{Listing, PackedBar},
    sessions::Sessions,
};

/// One day's figures in the vendor's precision: integers are scaled by the power of ten that their unit says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Valuation {
    /// Percent, 4 decimals.
    pub(crate) turnover_rate: i64,
    /// Percent of the free float, 4 decimals.
    pub(crate) turnover_rate_free: i64,
    /// 2 decimals; absent on a code's first bar.
    pub(crate) volume_ratio: Option<i64>,
    /// 4 decimals; absent for a loss.
    pub(crate) pe: Option<i64>,
    pub(crate) pe_ttm: Option<i64>,
    pub(crate) pb: i64,
    pub(crate) ps: i64,
    pub(crate) ps_ttm: i64,
    /// Percent, 4 decimals; absent without a dividend.
    pub(crate) dividend_yield: Option<i64>,
    pub(crate) dividend_yield_ttm: Option<i64>,
    /// Shares.
    pub(crate) total_shares: i64,
    pub(crate) float_shares: i64,
    pub(crate) free_shares: i64,
    /// Yuan.
    pub(crate) total_value: i64,
    pub(crate) float_value: i64,
}

impl Valuation {
    /// The figures of the bar at `position`.
    pub(crate) fn of(listing: &Listing, position: usize, sessions: &Sessions, seed: u64) -> Self {
        let bar = &listing.bars[position];
        let date = sessions.date(bar.session);
        let shares = listing.share_count(bar.session);
        let free = (shares.float as f64 * listing.fundamentals.free_part) as u64;
        let value = market_value(shares.total, bar.close);
        let reports = Reports { listing, seed };
        let over = |figure: f64| scaled(value as f64 / figure, 4);
        let positive = |profit: f64| (profit > 0.0).then(|| over(profit));
        let (quarter, year_end) = (latest_report(date), latest_annual_report(date));
        Self {
            turnover_rate: scaled(bar.volume as f64 / shares.float as f64 * 100.0, 4),
            turnover_rate_free: scaled(bar.volume as f64 / free as f64 * 100.0, 4),
            volume_ratio: volume_ratio(&listing.bars[position.saturating_sub(5)..position], bar),
            pe: positive(reports.profit(year_end)),
            pe_ttm: positive(reports.profit(quarter)),
            pb: over(listing.fundamentals.book),
            ps: over(reports.sales(year_end)),
            ps_ttm: over(reports.sales(quarter)),
            dividend_yield: yield_of(listing, bar, |_| true, 1),
            dividend_yield_ttm: yield_of(listing, bar, |ex| (date - sessions.date(ex)).num_days() < 365, usize::MAX),
            total_shares: shares.total as i64,
            float_shares: shares.float as i64,
            free_shares: free as i64,
            total_value: value,
            float_value: market_value(shares.float, bar.close),
        }
    }
}

/// Yuan, rounded half up: the vendor's unit with its four decimals.
fn market_value(shares: u64, ticks: u32) -> i64 {
    ((u128::from(shares) * u128::from(ticks) + 50) / 100) as i64
}

fn volume_ratio(before: &[PackedBar], bar: &PackedBar) -> Option<i64> {
    let sum: u64 = before.iter().map(|bar| bar.volume).sum();
    (sum > 0).then(|| scaled(bar.volume as f64 * before.len() as f64 / sum as f64, 2))
}

/// Cash per share of the last `most` ex-dates that count, over the close, in percent.
fn yield_of(listing: &Listing, bar: &PackedBar, counts: impl Fn(u16) -> bool, most: usize) -> Option<i64> {
    let paid = listing.events.iter().rev().filter(|event| event.cash > 0 && event.session <= bar.session);
    let cash: u64 = paid.filter(|event| counts(event.session)).take(most).map(|event| u64::from(event.cash)).sum();
    // Thousandths of a yuan per ten shares over hundredths of a yuan per share.
    (cash > 0).then(|| scaled(cash as f64 / f64::from(bar.close), 4))
}

pub(crate) fn scaled(value: f64, decimals: i32) -> i64 {
    (value * 10f64.powi(decimals)).round() as i64
}

struct Reports<'a> {
    listing: &'a Listing,
    seed: u64,
}

impl Reports<'_> {
    /// Profit of the twelve months up to the end of a quarter, numbered from the year 0.
    fn profit(&self, quarter: i32) -> f64 {
        self.listing.fundamentals.profit * self.variation(quarter, 0.3)
    }

    fn sales(&self, quarter: i32) -> f64 {
        self.listing.fundamentals.sales * self.variation(quarter, 0.1)
    }

    fn variation(&self, quarter: i32, width: f64) -> f64 {
        1.0 + width * (noise(self.seed, self.listing.salt, quarter as u64) - 0.5)
    }
}

/// The latest quarter reported by `date`: reports are due on 30 April (with the annual one), 31 August and 31 October.
fn latest_report(date: NaiveDate) -> i32 {
    let first = date.year() * 4;
    match date.month() {
        1..=4 => first - 2,
        5..=8 => first,
        9..=10 => first + 1,
        _ => first + 2,
    }
}

fn latest_annual_report(date: NaiveDate) -> i32 {
    let year = if date.month() <= 4 { date.year() - 2 } else { date.year() - 1 };
    year * 4 + 3
}
