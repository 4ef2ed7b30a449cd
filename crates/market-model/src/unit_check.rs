//! Judges the unit of a batch of bars: amount / volume is a mean price, so it must lie about the day's range. It tells
//! every slip by a power of ten, in volume or amount, whoever the vendor is.

use crate::DailyBar;

/// The factor by which the median may be off before the batch is refused. The smallest unit slip is ×10.
const TOLERANCE: f64 = 2.0;

/// What the bars say about their unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct UnitCheck {
    /// Bars that were judged: those with volume.
    pub judged: usize,
    /// Median of (amount / volume) / (mean of low and high).
    pub median_ratio: f64,
    /// Bars whose mean price lies outside their own range, beyond rounding.
    pub suspect_rows: usize,
}

impl UnitCheck {
    /// `None` when no bar can be judged: all without volume, or without an amount.
    pub fn of<'a>(bars: impl IntoIterator<Item = &'a DailyBar>) -> Option<Self> {
        let (mut ratios, mut suspect_rows) = (Vec::new(), 0);
        for bar in bars {
            let mid = (bar.low + bar.high) / 2.0;
            let Some(amount) = bar.amount.filter(|_| bar.volume > 0 && mid > 0.0) else { continue };
            ratios.push(amount / bar.volume as f64 / mid);
            suspect_rows += usize::from(!within_range(bar, amount));
        }
        ratios.sort_by(f64::total_cmp);
        let judged = ratios.len();
        ratios.get(judged / 2).map(|&median_ratio| Self { judged, median_ratio, suspect_rows })
    }

    /// Whether the batch as a whole may be used. Single rows never decide.
    pub fn fits(&self) -> bool {
        (1.0 / TOLERANCE..=TOLERANCE).contains(&self.median_ratio)
    }

    /// The power of ten that explains the median, at least 1.
    pub fn suspected_factor(&self) -> f64 {
        10_f64.powf(self.median_ratio.log10().round().abs())
    }
}

/// Whether the mean price lies in the day's range, allowing for amounts rounded to whole yuan and volumes to whole shares.
fn within_range(bar: &DailyBar, amount: f64) -> bool {
    let volume = bar.volume as f64;
    let mean = amount / volume;
    let slack = 0.001 * bar.high + (0.5 + bar.high) / volume;
    (bar.low - slack..=bar.high + slack).contains(&mean)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(low: f64, high: f64, volume: i64, amount: f64) -> DailyBar {
        DailyBar {
            code: "000001.SZ".parse().unwrap(),
            trade_date: "2018-07-18".parse().unwrap(),
            open: low,
            high,
            low,
            close: high,
            pre_close: None,
            volume,
            amount: Some(amount),
            adj_factor: None,
        }
    }

    #[test]
    fn bars_in_yuan_and_shares_fit() {
        let check = UnitCheck::of(&[bar(8.69, 8.85, 52_515_277, 460_697_377.0)]).unwrap();
        assert!(check.fits() && check.suspect_rows == 0, "{check:?}");
        assert!((check.median_ratio - 1.0).abs() < 0.01);
    }

    #[test]
    fn every_slip_by_a_power_of_ten_is_seen_and_named() {
        for factor in [10.0, 100.0, 1000.0] {
            for amount in [460_697_377.0 * factor, 460_697_377.0 / factor] {
                let check = UnitCheck::of(&[bar(8.69, 8.85, 52_515_277, amount)]).unwrap();
                assert!(!check.fits());
                assert_eq!(check.suspected_factor(), factor);
            }
        }
    }

    #[test]
    fn single_bars_outside_their_range_are_counted_but_do_not_decide() {
        let good = bar(10.0, 11.0, 1_000_000, 10_500_000.0);
        let bars = [good.clone(), bar(10.0, 11.0, 1_000_000, 1_050.0), good.clone(), good];
        let check = UnitCheck::of(&bars).unwrap();
        assert!(check.fits());
        assert_eq!((check.judged, check.suspect_rows), (4, 1));
    }

    #[test]
    fn a_day_without_trades_cannot_be_judged() {
        assert_eq!(UnitCheck::of(&[bar(10.0, 10.0, 0, 0.0)]), None);
    }
}
