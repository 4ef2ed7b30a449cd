//! The published generation against the market's truth.

use chrono::NaiveDate;
use market_model::DailyBar;
use upstream_simulators::Market;
use warehouse::Generation;

/// Asserts that the curated bars of every code in `[from, to]` are the market's, with true factors; returns how many.
pub(crate) fn assert_curated(generation: &Generation, market: &Market, (from, to): (NaiveDate, NaiveDate)) -> usize {
    let mut count = 0;
    let mut bars = Vec::new();
    for code in market.codes() {
        bars.clear();
        generation.bars(code, from, to, &mut bars).unwrap();
        let truth: Vec<DailyBar> =
            market.bars(code).into_iter().filter(|bar| (from..=to).contains(&bar.trade_date)).collect();
        assert_eq!(bars.len(), truth.len(), "bars of {code}");
        let Some(first) = truth.first() else { continue };
        let base = market.factor(code, first.trade_date).unwrap();
        for (bar, truth) in bars.iter().zip(&truth) {
            let label = format!("{code} {}", truth.trade_date);
            assert_eq!(bar.date, truth.trade_date, "{label}");
            let prices = [bar.open, bar.high, bar.low, bar.close];
            assert_eq!(prices, [truth.open, truth.high, truth.low, truth.close], "{label}");
            assert_eq!((bar.volume, Some(bar.amount)), (truth.volume, truth.amount), "{label}");
            let factor = market.factor(code, truth.trade_date).unwrap() / base;
            assert!((bar.factor / factor - 1.0).abs() < 1e-9, "{label}: factor {} for {factor}", bar.factor);
            assert_eq!(generation.source_name(bar.source), "tushare");
        }
        count += bars.len();
    }
    count
}

/// How many bars the market has on these days.
pub(crate) fn bars_on(market: &Market, days: &[NaiveDate]) -> usize {
    days.iter().map(|day| market.expected_codes(*day).len()).sum()
}

/// Asserts that the curated bars of one day are the market's and come from `source`; prices to the tick, volumes to the lot
/// and amounts to seven digits, which is what TDX has.
pub(crate) fn assert_day_from(generation: &Generation, market: &Market, day: NaiveDate, source: &str) {
    let mut bars = Vec::new();
    for code in market.codes() {
        bars.clear();
        generation.bars(code, day, day, &mut bars).unwrap();
        let truth = market.bar(code, day);
        assert_eq!(bars.len(), usize::from(truth.is_some()), "bars of {code} on {day}");
        let (Some(bar), Some(truth)) = (bars.first(), truth) else { continue };
        let prices = [bar.open, bar.high, bar.low, bar.close];
        assert_eq!(prices, [truth.open, truth.high, truth.low, truth.close], "{code}");
        assert!((bar.volume - truth.volume).abs() < 100, "{code}: {} for {}", bar.volume, truth.volume);
        assert!((bar.amount / truth.amount.unwrap() - 1.0).abs() < 1e-6, "{code}");
        assert_eq!(generation.source_name(bar.source), source, "{code}");
    }
}
