//! Features of a whole market's history, 5,000 codes of 2,500 bars (12.5 million rows), and of one day of it.
//!
//! `cargo bench -p market-features`: divan prints items (rows) per second, single core.

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use market_features::{Features, WINDOW, compute_all, compute_last};

const CODES: usize = 5_000;
const BARS: usize = 2_500;

fn main() {
    divan::main();
}

/// Closes of one code: a deterministic walk, no two codes alike.
fn closes(code: usize) -> Vec<f64> {
    let mut state = code as u64 * 2 + 1;
    let mut close = 10.0;
    let next = |_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        close *= 1.0 + ((state >> 40) as f64 / (1u64 << 24) as f64 - 0.5) / 20.0;
        close
    };
    (0..BARS).map(next).collect()
}

/// The bulk of a backfill: every row of every code.
#[divan::bench(sample_count = 5, sample_size = 1)]
fn whole_history(bencher: Bencher) {
    let market: Vec<Vec<f64>> = (0..CODES).map(closes).collect();
    bencher.counter(ItemsCount::new(CODES * BARS)).bench_local(|| {
        let mut rows: Vec<Features> = Vec::new();
        for closes in &market {
            compute_all(black_box(closes), &mut rows);
            black_box(&rows);
        }
    });
}

/// A day's ingest: the last row of every code.
#[divan::bench(sample_count = 20, sample_size = 1)]
fn one_day(bencher: Bencher) {
    let market: Vec<Vec<f64>> = (0..CODES).map(|code| closes(code).split_off(BARS - WINDOW)).collect();
    bencher.counter(ItemsCount::new(CODES)).bench_local(|| {
        for closes in &market {
            black_box(compute_last(black_box(closes)));
        }
    });
}
