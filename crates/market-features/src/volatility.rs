//! Standard deviation of the last 20 daily returns.
//!
//! Two passes, mean first: the one-pass formula loses its digits where a share hardly moves. Several days at a time, each
//! in a lane of its own, so that the compiler can use vector registers without reordering any day's sum.

const RETURNS: usize = 20;
const LANES: usize = 8;

/// The sample standard deviation (n − 1) of each `returns[i..i + 20]`, given the windows' sums.
pub(crate) fn volatilities(returns: &[f64], sums: &[f64], out: &mut Vec<f64>) {
    out.clear();
    let mut blocks = sums.chunks_exact(LANES);
    let mut start = 0;
    for block in &mut blocks {
        let mut means = [0.0; LANES];
        for (mean, sum) in means.iter_mut().zip(block) {
            *mean = sum / RETURNS as f64;
        }
        out.extend(deviations(&returns[start..start + RETURNS + LANES - 1], means));
        start += LANES;
    }
    for sum in blocks.remainder() {
        out.extend(deviations(&returns[start..start + RETURNS], [sum / RETURNS as f64]));
        start += 1;
    }
}

/// The standard deviations of `N` windows that start one after the other in `returns`.
fn deviations<const N: usize>(returns: &[f64], means: [f64; N]) -> [f64; N] {
    let mut squares = [0.0; N];
    for step in 0..RETURNS {
        let lanes = &returns[step..step + N];
        for lane in 0..N {
            let deviation = lanes[lane] - means[lane];
            squares[lane] += deviation * deviation;
        }
    }
    squares.map(|sum| (sum / (RETURNS - 1) as f64).sqrt())
}
