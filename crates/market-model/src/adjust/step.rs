//! One step of the factor, from a bar to the next.

use crate::decimal::to_e8;

/// What a step needs of the bar before.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PrevBar {
    /// Its raw close, yuan.
    pub close: f64,
    /// Its cumulative factor.
    pub factor: f64,
    /// The vendor's factor of that day, where known.
    pub vendor_factor: Option<f64>,
}

/// What a step needs of the bar itself.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NextBar {
    /// Its ex-right reference price, yuan, where known.
    pub pre_close: Option<f64>,
    /// The vendor's factor of that day, where known.
    pub vendor_factor: Option<f64>,
}

/// By how much the factor grows from a raw close to the next bar's reference: `prev_close / reference`, and exactly 1
/// where they are the same price (to 10⁻⁸). 1 as well where either is not a positive number.
pub fn factor_step(prev_close: f64, reference: f64) -> f64 {
    let is_price = |value: f64| value.is_finite() && value > 0.0;
    if !is_price(prev_close) || !is_price(reference) || to_e8(prev_close) == to_e8(reference) {
        return 1.0;
    }
    prev_close / reference
}

/// The cumulative factor of a bar, given the bar before it.
///
/// With consecutive bars the step is `prev.close / bar.pre_close`. With `gap_unknown` (trading days between the two are
/// not in the warehouse, so `prev.close` is not the close that `pre_close` refers to) or without a `pre_close`, it is the
/// ratio of the vendor's factors, or 1 where one of them is missing.
///
/// A pure function of its arguments: recomputing a chain forward from any bar gives the same bits as computing it whole.
pub fn next_factor(prev: PrevBar, bar: &NextBar, gap_unknown: bool) -> f64 {
    let step = match bar.pre_close.filter(|pre_close| !gap_unknown && pre_close.is_finite() && *pre_close > 0.0) {
        Some(pre_close) => factor_step(prev.close, pre_close),
        None => vendor_step(prev.vendor_factor, bar.vendor_factor),
    };
    prev.factor * step
}

fn vendor_step(before: Option<f64>, after: Option<f64>) -> f64 {
    match (before, after) {
        // The vendor's factor grows with time: the later over the earlier.
        (Some(before), Some(after)) => factor_step(after, before),
        _ => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PREV: PrevBar = PrevBar { close: 10.0, factor: 3.0, vendor_factor: Some(100.0) };

    #[test]
    fn an_unchanged_reference_is_exactly_one() {
        assert_eq!(factor_step(8.72, 8.72), 1.0);
        // The same price from another arithmetic.
        assert_eq!(factor_step(0.1 + 0.2, 0.3), 1.0);
        assert_eq!(next_factor(PREV, &NextBar { pre_close: Some(10.0), vendor_factor: Some(100.0) }, false), 3.0);
    }

    #[test]
    fn what_decides_a_step() {
        for (pre_close, vendor_factor, gap_unknown, expected) in [
            // Consecutive bars: the reference, whatever the vendor says.
            (Some(8.0), Some(100.0), false, 3.0 * (10.0 / 8.0)),
            // A gap of unknown days: the vendor's ratio, whatever the reference says.
            (Some(8.0), Some(150.0), true, 3.0 * (150.0 / 100.0)),
            (Some(8.0), None, true, 3.0),
            // No reference.
            (None, Some(150.0), false, 3.0 * (150.0 / 100.0)),
            (None, None, false, 3.0),
            (Some(0.0), Some(150.0), false, 3.0 * (150.0 / 100.0)),
            // A vendor's nonsense is no factor.
            (None, Some(0.0), false, 3.0),
            (None, Some(f64::NAN), false, 3.0),
        ] {
            let bar = NextBar { pre_close, vendor_factor };
            assert_eq!(next_factor(PREV, &bar, gap_unknown), expected, "{bar:?} gap_unknown={gap_unknown}");
        }
        let unknown_before = PrevBar { vendor_factor: None, ..PREV };
        assert_eq!(next_factor(unknown_before, &NextBar { pre_close: None, vendor_factor: Some(150.0) }, true), 3.0);
    }
}
