//! Turns the bars of one code into the columns of a block.

use market_model::FactorBasis;

use super::format::{EXPONENT_MAX, PLAIN_PRICES, Shape};

/// The bars of one code while they are collected, column by column.
#[derive(Debug, Default)]
pub(super) struct Columns {
    pub(super) days: Vec<i32>,
    pub(super) prices: [Vec<f64>; 4],
    pub(super) volumes: Vec<i64>,
    pub(super) amounts: Vec<f64>,
    factor_starts: Vec<u32>,
    factors: Vec<f64>,
    source_starts: Vec<u32>,
    sources: Vec<u32>,
    pub(super) basis: Option<FactorBasis>,
}

impl Columns {
    pub(super) fn clear(&mut self) {
        let Self { days, prices, volumes, amounts, factor_starts, factors, source_starts, sources, basis } = self;
        days.clear();
        prices.iter_mut().for_each(Vec::clear);
        volumes.clear();
        amounts.clear();
        factor_starts.clear();
        factors.clear();
        source_starts.clear();
        sources.clear();
        *basis = None;
    }

    pub(super) fn push(&mut self, day: i32, prices: [f64; 4], volume: i64, amount: f64) {
        self.days.push(day);
        for (column, price) in self.prices.iter_mut().zip(prices) {
            column.push(price);
        }
        self.volumes.push(volume);
        self.amounts.push(amount);
    }

    /// Factor and source of the bar pushed last: each starts a run only where it changes.
    pub(super) fn push_runs(&mut self, factor: f64, source: u32) {
        let at = self.days.len() as u32 - 1;
        if self.factors.last().is_none_or(|last| last.to_bits() != factor.to_bits()) {
            self.factor_starts.push(at);
            self.factors.push(factor);
        }
        if self.sources.last() != Some(&source) {
            self.source_starts.push(at);
            self.sources.push(source);
        }
    }

    /// Day and factor of the last bar.
    pub(super) fn last(&self) -> Option<(i32, f64)> {
        self.days.last().copied().zip(self.factors.last().copied())
    }

    pub(super) fn shape(&self) -> Shape {
        Shape {
            rows: self.days.len() as u32,
            factor_runs: self.factors.len() as u32,
            source_runs: self.sources.len() as u32,
            exponent: common_exponent(&self.prices),
            wide_volume: self.volumes.iter().any(|volume| u32::try_from(*volume).is_err()),
        }
    }

    /// Writes the block of shape `shape` into `out`, which is cleared first.
    pub(super) fn encode(&self, shape: Shape, out: &mut Vec<u8>) {
        out.clear();
        let plain = shape.exponent == PLAIN_PRICES;
        out.extend(self.amounts.iter().flat_map(|v| v.to_le_bytes()));
        out.extend(self.factors.iter().flat_map(|v| v.to_le_bytes()));
        if plain {
            out.extend(self.prices.iter().flatten().flat_map(|v| v.to_le_bytes()));
        }
        if shape.wide_volume {
            out.extend(self.volumes.iter().flat_map(|v| v.to_le_bytes()));
        }
        out.extend(self.days.iter().flat_map(|v| v.to_le_bytes()));
        if !plain {
            let scale = scale(shape.exponent);
            out.extend(self.prices.iter().flatten().flat_map(|v| ((v * scale).round() as i32).to_le_bytes()));
        }
        if !shape.wide_volume {
            out.extend(self.volumes.iter().flat_map(|v| (*v as u32).to_le_bytes()));
        }
        for column in [&self.factor_starts, &self.source_starts, &self.sources] {
            out.extend(column.iter().flat_map(|v| v.to_le_bytes()));
        }
        out.resize(out.len().next_multiple_of(8), 0);
    }
}

/// Ten to the exponent, exactly.
pub(super) fn scale(exponent: u8) -> f64 {
    const SCALES: [f64; EXPONENT_MAX as usize + 1] = [1.0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];
    SCALES[usize::from(exponent.min(EXPONENT_MAX))]
}

/// The smallest exponent that represents every price exactly, [`PLAIN_PRICES`] if there is none.
fn common_exponent(prices: &[Vec<f64>; 4]) -> u8 {
    let all = || prices.iter().flatten().copied();
    let mut exponent = 0;
    for price in all() {
        while !is_exact(price, exponent) {
            exponent += 1;
            if exponent > EXPONENT_MAX {
                return PLAIN_PRICES;
            }
        }
    }
    // A price that fitted a smaller exponent may be too large for the final one.
    if all().all(|price| is_exact(price, exponent)) { exponent } else { PLAIN_PRICES }
}

fn is_exact(price: f64, exponent: u8) -> bool {
    let scale = scale(exponent);
    let units = (price * scale).round();
    // The saturating cast turns what is out of range, or NaN, into something that does not divide back.
    (f64::from(units as i32) / scale).to_bits() == price.to_bits()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exponent_of(values: &[f64]) -> u8 {
        common_exponent(&[values.to_vec(), vec![], vec![], vec![]])
    }

    #[test]
    fn the_smallest_exact_exponent_is_chosen() {
        assert_eq!(exponent_of(&[10.0, 7.0]), 0);
        assert_eq!(exponent_of(&[10.0, 7.01, 1688.3]), 2);
        assert_eq!(exponent_of(&[3.125, 0.0]), 3);
        assert_eq!(exponent_of(&[12_345_678.91]), 2);
    }

    #[test]
    fn what_cannot_be_represented_exactly_stays_a_double() {
        for values in [&[1.0 / 3.0][..], &[f64::NAN], &[-0.0], &[f64::INFINITY], &[3e9], &[0.001, 30_000_000.0]] {
            assert_eq!(exponent_of(values), PLAIN_PRICES, "{values:?}");
        }
    }

    #[test]
    fn every_cent_divides_back_to_the_same_double() {
        for cents in 0..200_000_i32 {
            let text = format!("{}.{:02}", cents / 100, cents % 100);
            let price: f64 = text.parse().unwrap();
            assert!(is_exact(price, 2), "{text}");
        }
    }
}
