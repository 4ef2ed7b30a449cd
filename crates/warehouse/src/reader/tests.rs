//! Reading generations: the same answers from every path, and damage that is noticed.

mod actions;
mod claims;
mod damage;
mod elsewhere;
mod layers;
mod long_tail;
mod macro_series;
mod memory;
mod missing;
mod quality;
mod raw_shapes;
mod scan;
mod slices;

use chrono::NaiveDate;
use market_model::Code;

use crate::{Bar, Generation, SourceId};

/// The bars of `code` in `[from, to]`, each with its source's name: the numbers behind the names differ between generations.
fn named_bars(generation: &Generation, code: &Code, from: NaiveDate, to: NaiveDate) -> Vec<(Bar, String)> {
    let mut bars = Vec::new();
    generation.bars(code, from, to, &mut bars).unwrap();
    let name = |bar: &Bar| generation.source_name(bar.source).to_owned();
    bars.iter().map(|bar| (Bar { source: SourceId(0), ..*bar }, name(bar))).collect()
}

/// Every bar of `code`.
fn all_named_bars(generation: &Generation, code: &Code) -> Vec<(Bar, String)> {
    named_bars(generation, code, NaiveDate::MIN, NaiveDate::MAX)
}
