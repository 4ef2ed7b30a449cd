//! Prices and volumes as they were traded on their day: Yahoo divides prices by every later split, multiplies volumes by
//! it, and prints the result through a 32-bit float.

use chrono::NaiveDate;
use market_model::{Code, Exchange, InstrumentKind};

/// Half a step of a 32-bit float, relative to the value, and a little more.
const FLOAT32_NOISE: f64 = 6.1e-8;

/// Adjusted prices are cut to six decimals before that.
const CUT_NOISE: f64 = 0.51e-6;

/// One split that prices before it are divided by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Split {
    /// First day that trades in the new shares.
    pub(crate) ex_date: NaiveDate,
    /// New shares …
    pub(crate) numerator: f64,
    /// … for this many old ones.
    pub(crate) denominator: f64,
}

impl Split {
    /// New shares per old one.
    pub(crate) fn ratio(&self) -> f64 {
        self.numerator / self.denominator
    }
}

/// New shares per share of `date`, by the splits after it: prices of that day are multiplied by this.
pub(crate) fn ratio_after(splits: &[Split], date: NaiveDate) -> f64 {
    ratio_of(splits.iter().filter(|split| split.ex_date > date))
}

/// New shares per share held on the evening before `date`, by the splits on it and after it.
pub(crate) fn ratio_before(splits: &[Split], date: NaiveDate) -> f64 {
    ratio_of(splits.iter().filter(|split| split.ex_date >= date))
}

fn ratio_of<'a>(splits: impl Iterator<Item = &'a Split>) -> f64 {
    // Whole numbers multiply without error where quotients would not.
    let (numerator, denominator) =
        splits.fold((1.0, 1.0), |(n, d), split| (n * split.numerator, d * split.denominator));
    numerator / denominator
}

/// How many decimals a price of an instrument may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rounding {
    least: i32,
    most: i32,
    /// Whether a price that fits none of these has noise in it that nobody knows of; otherwise it really is that fine.
    is_tick_bound: bool,
}

impl Rounding {
    /// Shares: from `priceHint` (two where absent) to four. Indices: to four. Currencies: four to six.
    pub(crate) fn of(code: &Code, price_hint: Option<i64>) -> Self {
        let hint = price_hint.and_then(|hint| i32::try_from(hint).ok());
        if code.exchange() == Exchange::Fx {
            return Self { least: hint.unwrap_or(4).clamp(4, 6), most: 6, is_tick_bound: false };
        }
        let is_index = InstrumentKind::of_code(code) == Some(InstrumentKind::Index);
        Self { least: hint.unwrap_or(2).clamp(2, 4), most: 4, is_tick_bound: !is_index }
    }

    /// `adjusted × ratio`, freed of the noise of its way: the shortest decimal that lies within the noise.
    pub(crate) fn price(self, adjusted: f64, ratio: f64) -> f64 {
        let raw = adjusted * ratio;
        let noise = raw.abs() * FLOAT32_NOISE + ratio * CUT_NOISE;
        // Prices below a cent and currencies worth next to nothing live on finer decimals.
        let most = if raw.abs() < 0.01 { self.most + 2 } else { self.most };
        let fits = (self.least..=most).map(|decimals| round(raw, decimals)).find(|price| (price - raw).abs() <= noise);
        fits.unwrap_or_else(|| round(raw, if self.is_tick_bound && raw.abs() >= 0.01 { self.least } else { most }))
    }

    /// Cash per share: as fine as six decimals.
    pub(crate) fn cash(self, adjusted: f64, ratio: f64) -> f64 {
        Self { least: 2, most: 6, is_tick_bound: false }.price(adjusted, ratio)
    }
}

/// `adjusted / ratio`, to the nearest share; `None` where that is no volume.
pub(crate) fn volume(adjusted: f64, ratio: f64) -> Option<i64> {
    let shares = (adjusted / ratio).round();
    (0.0..9e15).contains(&shares).then_some(shares as i64)
}

/// The decimal nearest to `value`, as the float that its text parses to.
pub(crate) fn round(value: f64, decimals: i32) -> f64 {
    let scale = 10_f64.powi(decimals);
    let scaled = (value * scale).round();
    if scaled.abs() < 9e15 { scaled / scale } else { value }
}

#[cfg(test)]
mod tests;
