//! All features of one day, or of every day of a history.

use crate::Features;
use crate::momentum::momentum;
use crate::moving_average::WindowSums;
use crate::volatility::volatilities;

/// How many closes [`compute_last`] can make use of: the longest window and the close before it.
pub const WINDOW: usize = 61;

/// The features of the last of `closes` (one code, ascending, hfq). Only the last [`WINDOW`] closes matter; give fewer only
/// where the code has no more.
pub fn compute_last(closes: &[f64]) -> Features {
    let tail = &closes[closes.len().saturating_sub(WINDOW)..];
    let mut rows = Vec::new();
    compute_all(tail, &mut rows);
    rows.pop().unwrap_or_default()
}

/// The features of every one of `closes` (one code, ascending, hfq) into `out`, one row per close. `out` is cleared first;
/// keep it, and its memory, from code to code.
pub fn compute_all(closes: &[f64], out: &mut Vec<Features>) {
    out.clear();
    out.resize(closes.len(), Features::default());

    let mut sums = WindowSums::default();
    sums.compute(closes);
    fill(out, 5, sums.fives.iter().map(|sum| sum / 5.0), |row| &mut row.ma_5);
    fill(out, 10, sums.tens.iter().map(|sum| sum / 10.0), |row| &mut row.ma_10);
    fill(out, 20, sums.twenties.iter().map(|sum| sum / 20.0), |row| &mut row.ma_20);
    fill(out, 60, sums.sixties().map(|sum| sum / 60.0), |row| &mut row.ma_60);

    let over = |bars: usize| closes.windows(bars + 1).map(move |window| momentum(window[0], window[bars]));
    fill(out, 6, over(5), |row| &mut row.momentum_5d);
    fill(out, 21, over(20), |row| &mut row.momentum_20d);

    let returns: Vec<f64> = over(1).collect();
    let mut deviations = Vec::new();
    sums.compute(&returns);
    volatilities(&returns, &sums.twenties, &mut deviations);
    fill(out, 21, deviations.into_iter(), |row| &mut row.volatility_20d);
}

/// Writes values into the rows from the first with a full window of `needed` closes on.
fn fill(
    rows: &mut [Features],
    needed: usize,
    values: impl Iterator<Item = f64>,
    field: impl Fn(&mut Features) -> &mut Option<f64>,
) {
    for (row, value) in rows.iter_mut().skip(needed - 1).zip(values) {
        // A close of zero, which the checks upstream refuse, gives no feature instead of an infinite one.
        *field(row) = value.is_finite().then_some(value);
    }
}

#[cfg(test)]
mod tests;
