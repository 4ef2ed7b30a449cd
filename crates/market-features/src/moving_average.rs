//! Means of the last 5, 10, 20 and 60 closes.
//!
//! A window's sum is a fixed tree: 60 = (20 + 20) + 20, 20 = 10 + 10, 10 = 5 + 5, and five values in one order.
//! Neighbouring days share branches, which makes the bulk fast; whoever computes one day computes the same tree.

/// Sums over the windows of 5, 10 and 20 that start at each value: `fives[i]` covers `values[i..i + 5]`, and so on.
/// Shorter than the values by the window less one.
#[derive(Debug, Default)]
pub(crate) struct WindowSums {
    pub(crate) fives: Vec<f64>,
    pub(crate) tens: Vec<f64>,
    pub(crate) twenties: Vec<f64>,
}

impl WindowSums {
    pub(crate) fn compute(&mut self, values: &[f64]) {
        self.fives.clear();
        self.fives.extend(values.windows(5).map(|w| ((w[0] + w[1]) + (w[2] + w[3])) + w[4]));
        sum_halves(&self.fives, 5, &mut self.tens);
        sum_halves(&self.tens, 10, &mut self.twenties);
    }

    /// The sums of 60 that start at each value.
    pub(crate) fn sixties(&self) -> impl Iterator<Item = f64> + '_ {
        let later = |offset: usize| self.twenties.get(offset..).unwrap_or_default();
        let thirds = self.twenties.iter().zip(later(20)).zip(later(40));
        thirds.map(|((oldest, middle), newest)| (oldest + middle) + newest)
    }
}

/// Each sum of a window from its older and its newer half, `half` values apart.
fn sum_halves(halves: &[f64], half: usize, sums: &mut Vec<f64>) {
    sums.clear();
    let newer = halves.get(half..).unwrap_or_default();
    sums.extend(halves.iter().zip(newer).map(|(older, newer)| older + newer));
}
