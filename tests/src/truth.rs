//! What the daemons should end up with: the simulated market, compared bar by bar.

use std::{collections::BTreeSet, sync::Arc};

use chrono::NaiveDate;
use daemon_kit::clock::Clock;
use market_model::{Code, Exchange, last_final_day};
use upstream_simulators::{Market, MarketSpec};
use warehouse::{Bar, Generation};

/// The last trading day of 2024. The simulated calendar ends with that year, so that no day after it is ever missing.
const LAST_DAY: NaiveDate = NaiveDate::from_ymd_opt(2024, 12, 31).expect("a valid date");

/// A market of `codes` codes whose last `days` trading days [`crate::Stage::days`] names.
pub fn market(codes: usize, days: u64) -> Arc<Market> {
    // Trading days are at most 5 of 7, and there are no long holidays in late autumn.
    Arc::new(Market::generate(&MarketSpec::new(7, codes, LAST_DAY - chrono::Days::new(days * 7 / 5 + 10), LAST_DAY)))
}

/// A market of `codes` codes that has just closed: TDX servers whose newest bar is old are not believed.
pub fn recent_market(codes: usize, days: u64) -> Arc<Market> {
    let last_day = last_final_day(Exchange::Sse, Clock::system().now());
    // As above, and long holidays twice a year.
    Arc::new(Market::generate(&MarketSpec::new(7, codes, last_day - chrono::Days::new(days * 7 / 5 + 30), last_day)))
}

/// The days that a generation holds.
///
/// # Panics
/// If it holds a day in part, a bar that differs from the market's, or a row too many.
pub fn present_days(generation: &Generation, market: &Market) -> BTreeSet<NaiveDate> {
    let mut days = BTreeSet::new();
    let mut rows = 0;
    for day in market.trading_days() {
        let expected = market.expected_codes(*day);
        let present = expected.iter().filter(|code| has_bar(generation, market, code, *day)).count();
        let number = generation.number();
        assert!(
            present == 0 || present == expected.len(),
            "generation {number} holds {present} of {} bars of {day}",
            expected.len()
        );
        if present > 0 {
            days.insert(*day);
            rows += present as u64;
        }
    }
    let counted = generation.manifest().tables.get("curated_daily").map_or(0, |table| table.rows);
    assert_eq!(counted, rows, "curated rows of generation {}", generation.number());
    days
}

fn has_bar(generation: &Generation, market: &Market, code: &Code, day: NaiveDate) -> bool {
    let mut bars: Vec<Bar> = Vec::new();
    generation.bars(code, day, day, &mut bars).unwrap();
    let Some(bar) = bars.first() else { return false };
    let truth = market.bar(code, day).unwrap();
    assert_eq!(
        (bar.open, bar.high, bar.low, bar.close, bar.volume),
        (truth.open, truth.high, truth.low, truth.close, truth.volume),
        "{code} on {day} in generation {}",
        generation.number()
    );
    true
}
