//! The questions that servers are asked: seeded, over all codes and dates, with a known number of bars each.

use anyhow::Context as _;
use chrono::NaiveDate;
use market_model::Code;
use warehouse::Generation;

use crate::{load::Questions, place::API_TOKEN};

/// Of the choice of codes and dates.
pub(crate) const SEED: u64 = 20_261_122;
/// Different questions per kind; asked round and round.
const COUNT: usize = 4_000;
/// Trading days in four months.
pub(crate) const FOUR_MONTHS: usize = 80;
/// Trading days in a year.
pub(crate) const YEAR: usize = 250;

/// Days of one code with exactly so many bars.
pub(crate) struct Span {
    pub(crate) code: Code,
    pub(crate) from: NaiveDate,
    pub(crate) to: NaiveDate,
}

/// [`COUNT`] spans of `bars` bars of random codes, up to `last`, at random places in their histories.
///
/// # Errors
/// When no code has so many bars, or the warehouse cannot be read.
pub(crate) fn spans(generation: &Generation, bars: usize, last: NaiveDate) -> anyhow::Result<Vec<Span>> {
    let codes = generation.codes_with_bars();
    let mut draw = Draw(SEED ^ bars as u64);
    let mut spans = Vec::with_capacity(COUNT);
    let mut history = Vec::new();
    for _ in 0..COUNT * 20 {
        let code = codes[draw.below(codes.len())];
        history.clear();
        generation.bars(&code, NaiveDate::MIN, last, &mut history)?;
        if history.len() >= bars {
            let start = draw.below(history.len() - bars + 1);
            let (from, to) = (history[start].date, history[start + bars - 1].date);
            spans.push(Span { code, from, to });
        }
        if spans.len() == COUNT {
            return Ok(spans);
        }
    }
    anyhow::bail!("too few codes have {bars} bars")
}

/// The last `bars` bars of random codes that trade on the generation's last day.
///
/// # Errors
/// As [`spans`].
pub(crate) fn latest_spans(generation: &Generation, bars: usize) -> anyhow::Result<Vec<Span>> {
    let last = generation.last_trade_date().context("an empty warehouse")?;
    let mut trading = Vec::new();
    let mut history = Vec::new();
    for code in generation.codes_with_bars() {
        history.clear();
        generation.bars(&code, NaiveDate::MIN, last, &mut history)?;
        if history.len() >= bars && history[history.len() - 1].date == last {
            trading.push(Span { code, from: history[history.len() - bars].date, to: last });
        }
    }
    anyhow::ensure!(!trading.is_empty(), "no code trades on {last}");
    Draw(SEED ^ 1).shuffle(&mut trading);
    trading.truncate(COUNT);
    Ok(trading)
}

/// `GET /warehouse/daily` for each span, with `more` parameters (`&adjust=hfq`).
pub(crate) fn daily(name: &str, spans: &[Span], more: &str) -> Questions {
    let path = |Span { code, from, to }: &Span| format!("/warehouse/daily?code={code}&start={from}&end={to}{more}");
    of_the_api(name, spans.iter().map(path).collect())
}

/// `GET /warehouse/features` for the last day of each span.
pub(crate) fn features(name: &str, spans: &[Span]) -> Questions {
    let path = |span: &Span| format!("/warehouse/features?code={}&date={}", span.code, span.to);
    of_the_api(name, spans.iter().map(path).collect())
}

fn of_the_api(name: &str, paths: Vec<String>) -> Questions {
    Questions { name: name.to_owned(), paths, headers: format!("authorization: Bearer {API_TOKEN}\r\n"), status: 200 }
}

/// SplitMix64: small, seeded, good enough to scatter questions.
struct Draw(u64);

impl Draw {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            items.swap(at, self.below(at + 1));
        }
    }
}
