//! What an answer must agree with itself about before anything of it is used.

use super::{as_traded::Split, bars::Day, history::Refused};
use crate::wire::Meta;

/// A split whose effect is as large as this (or its inverse) can be told from a day's move.
const TELLING_RATIO: f64 = 2.0;

/// How near the jump must be to the split's ratio to be taken for it.
const JUMP_TOLERANCE: f64 = 1.2;

/// Refuses an answer that names a split and has not divided the prices before it: the close before it and the open of its
/// day are then apart by the split's ratio, where they should be next to each other.
pub(crate) fn splits_are_applied(splits: &[Split], days: &[Day]) -> Result<(), Refused> {
    for split in splits.iter().filter(|split| split.ratio().ln().abs() >= TELLING_RATIO.ln()) {
        let first_after = days.partition_point(|day| day.date < split.ex_date);
        let Some(before) = first_after.checked_sub(1).and_then(|index| days.get(index)) else { continue };
        let Some(after) = days.get(first_after) else { continue };
        let jump = before.close / after.open.unwrap_or(after.close);
        if (jump.ln() - split.ratio().ln()).abs() < JUMP_TOLERANCE.ln() {
            return Err(Refused::SplitNotApplied(split.ex_date));
        }
    }
    Ok(())
}

/// Refuses an answer whose newest close is a power of ten away from the market price beside it: pence for pounds.
pub(crate) fn unit_fits(meta: &Meta, days: &[Day]) -> Result<(), Refused> {
    let (Some(price), Some(newest)) = (meta.regular_market_price, days.last()) else { return Ok(()) };
    let ratio = newest.close / price;
    if !(ratio.is_finite() && ratio > 0.0) {
        return Ok(());
    }
    let powers = ratio.log10().round().abs();
    if powers >= 1.0 {
        return Err(Refused::Unit { ratio, suspected_factor: 10_f64.powf(powers) });
    }
    Ok(())
}
