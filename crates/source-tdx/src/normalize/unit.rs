//! Finds out in which unit a response counts its volumes.
//!
//! Amount / volume is the mean price, so it lies about `[low, high]`. Where it does with the documented unit, all is well.
//! Where the median is off, but fits with another unit that servers are known to use (shares sent where lots are documented,
//! or the reverse), and **all** bars agree within a factor of two (one in twenty may differ), the response is read in that
//! unit and a note says so. Anything else is refused: a factor that no unit explains, or a mixture of units.
//!
//! Three things cannot be told and stand as documented: indices (their price is no price), responses without any amount, and
//! days without trades.

use market_model::{Code, DailyBar, UnitCheck};

use super::scale::{is_index, possible_units};

/// How far the mean price of one bar may be off its day's middle.
const TOLERANCE: f64 = 2.0;

/// Of the bars in a corrected response, one in this many may disagree.
const DISSENTERS: usize = 20;

/// A response in a unit that nothing explains.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct UnitFault {
    pub(crate) median_ratio: f64,
    pub(crate) rows: usize,
}

/// What a response's bars say of their unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Verdict {
    /// What every volume is to be multiplied with: 1 where the documented unit fits.
    pub(super) correction: f64,
    /// Bars outside their own range after it.
    pub(super) suspect_rows: usize,
}

/// Judges the bars of one response, read in the documented unit `unit`.
pub(super) fn judge(code: &Code, bars: &[DailyBar], unit: f64) -> Result<Verdict, UnitFault> {
    let as_documented = Verdict { correction: 1.0, suspect_rows: 0 };
    if is_index(code) {
        return Ok(as_documented);
    }
    let Some(check) = UnitCheck::of(bars) else { return Ok(as_documented) };
    if check.fits() {
        return Ok(Verdict { suspect_rows: check.suspect_rows, ..as_documented });
    }
    let fault = UnitFault { median_ratio: check.median_ratio, rows: check.judged };
    let fits = |ratio: f64, correction: f64| (1.0 / TOLERANCE..=TOLERANCE).contains(&(ratio / correction));
    let corrections = possible_units(code).iter().map(|other| other / unit);
    let correction = corrections.into_iter().find(|correction| fits(check.median_ratio, *correction)).ok_or(fault)?;
    let dissenters = bars.iter().filter_map(mean_ratio).filter(|ratio| !fits(*ratio, correction)).count();
    if dissenters * DISSENTERS > check.judged {
        return Err(fault);
    }
    let mut corrected = bars.to_vec();
    correct(&mut corrected, correction);
    let suspect_rows = UnitCheck::of(&corrected).map_or(0, |check| check.suspect_rows);
    Ok(Verdict { correction, suspect_rows })
}

/// Multiplies every volume.
pub(super) fn correct(bars: &mut [DailyBar], correction: f64) {
    for bar in bars {
        bar.volume = (bar.volume as f64 * correction).round() as i64;
    }
}

/// Mean price over the middle of the day's range.
fn mean_ratio(bar: &DailyBar) -> Option<f64> {
    let mid = (bar.low + bar.high) / 2.0;
    let amount = bar.amount.filter(|_| bar.volume > 0 && mid > 0.0)?;
    Some(amount / bar.volume as f64 / mid)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(code: &Code, volume: i64, amount: f64) -> DailyBar {
        DailyBar {
            code: *code,
            trade_date: "2026-04-03".parse().unwrap(),
            open: 10.25,
            high: 10.25,
            low: 10.08,
            close: 10.12,
            pre_close: None,
            volume,
            amount: Some(amount),
            adj_factor: None,
        }
    }

    /// Bars of 41,151,820 shares whose volumes are off by `factor`.
    fn off_by(code: &str, factor: f64, rows: usize) -> (Code, Vec<DailyBar>) {
        let code: Code = code.parse().unwrap();
        let volume = (41_151_820.0 * factor).round() as i64;
        (code, vec![bar(&code, volume, 417_211_968.0); rows])
    }

    #[test]
    fn bars_that_fit_stay_as_they_are() {
        let (code, bars) = off_by("600000.SH", 1.0, 5);
        assert_eq!(judge(&code, &bars, 100.0), Ok(Verdict { correction: 1.0, suspect_rows: 0 }));
    }

    #[test]
    fn shares_for_lots_and_lots_for_shares_are_put_right() {
        let (code, bars) = off_by("600000.SH", 100.0, 5);
        assert_eq!(judge(&code, &bars, 100.0).unwrap().correction, 0.01);
        let (code, bars) = off_by("600000.SH", 0.01, 5);
        assert_eq!(judge(&code, &bars, 1.0).unwrap().correction, 100.0);
        let (code, bars) = off_by("113050.SH", 10.0, 5);
        assert_eq!(judge(&code, &bars, 10.0).unwrap().correction, 0.1, "bonds for lots of ten");
    }

    #[test]
    fn a_factor_that_no_unit_explains_is_refused() {
        for factor in [10.0, 0.1, 1000.0, 0.01, 3.0] {
            let (code, bars) = off_by("600000.SH", factor, 5);
            let fault = judge(&code, &bars, 100.0).unwrap_err();
            assert!((fault.median_ratio * factor - 1.0).abs() < 0.01, "{fault:?}");
            assert_eq!(fault.rows, 5);
        }
    }

    #[test]
    fn a_mixture_of_units_is_refused_and_a_single_odd_bar_is_not() {
        let (code, mut bars) = off_by("600000.SH", 100.0, 40);
        bars[7].volume /= 100;
        assert_eq!(judge(&code, &bars, 100.0), Ok(Verdict { correction: 0.01, suspect_rows: 1 }));
        for bar in &mut bars[8..12] {
            bar.volume /= 100;
        }
        assert!(judge(&code, &bars, 100.0).is_err());
    }

    #[test]
    fn what_cannot_be_told_stands_as_documented() {
        let as_documented = Ok(Verdict { correction: 1.0, suspect_rows: 0 });
        let (index, bars) = off_by("000001.SH", 100.0, 5);
        assert_eq!(judge(&index, &bars, 10_000.0), as_documented, "an index has no price");
        let (code, mut bars) = off_by("600000.SH", 100.0, 5);
        bars.iter_mut().for_each(|bar| bar.amount = None);
        assert_eq!(judge(&code, &bars, 100.0), as_documented, "no amounts");
        assert_eq!(judge(&code, &[], 100.0), as_documented, "no bars");
    }
}
