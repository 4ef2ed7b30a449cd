//! What a backfill published is what the market says.

use std::path::Path;

use anyhow::Context as _;
use market_model::DailyBar;
use upstream_simulators::Market;
use warehouse::{Bar, Reader, ReaderOptions};

use crate::report::short;

/// TDX tells volumes in lots of a hundred, and everything but prices as 32-bit floats.
const LOT: f64 = 100.0;
const FLOAT: f64 = 1.2e-7;

/// Reads the files back, hashes them, and compares every bar of every code.
///
/// # Errors
/// When the generation is not whole or says something else than the market.
pub(super) fn run(published: &Path, market: &Market) -> anyhow::Result<String> {
    let verified = warehouse::verify(published, None)?;
    anyhow::ensure!(verified.is_whole(), "the generation is not whole: {:?}", verified.problems);
    let reader = Reader::open(published, ReaderOptions::default())?;
    let generation = reader.current().context("nothing published")?;
    let (first, last) = market.range();
    let (mut bars, mut compared, mut codes) = (Vec::new(), 0, 0);
    for code in market.codes() {
        let truth = market.bars(code);
        bars.clear();
        generation.bars(code, first, last, &mut bars)?;
        anyhow::ensure!(bars.len() == truth.len(), "{code}: {} bars of {}", bars.len(), truth.len());
        let different = bars.iter().zip(&truth).find(|(bar, truth)| !is_same(bar, truth));
        anyhow::ensure!(different.is_none(), "{code}: the warehouse and the market: {different:?}");
        compared += bars.len();
        codes += usize::from(!bars.is_empty());
    }
    Ok(format!(
        "generation whole, {} rows read back and hashed in {:.1} s; {} bars of {} codes compared with the market, equal",
        short(verified.rows as f64),
        verified.elapsed_ms as f64 / 1e3,
        short(compared as f64),
        short(codes as f64)
    ))
}

fn is_same(bar: &Bar, truth: &DailyBar) -> bool {
    let prices = |open: f64, high: f64, low: f64, close: f64| [open, high, low, close].map(f64::to_bits);
    let volume = truth.volume as f64;
    let amount = truth.amount.unwrap_or(f64::NAN);
    bar.date == truth.trade_date
        && prices(bar.open, bar.high, bar.low, bar.close) == prices(truth.open, truth.high, truth.low, truth.close)
        && (bar.volume as f64 - volume).abs() <= LOT / 2.0 + volume * FLOAT
        && (bar.amount - amount).abs() <= 1.0 + amount * FLOAT
}
