//! Quotes in yuan and shares.

use std::collections::BTreeSet;

use market_model::{Code, vendor_code::tdx};

use super::{
    daily::rejected,
    scale::{lot, price_scale},
};
use crate::{RejectedRow, Row, wire::QuoteRecord};

/// The market of one code at the moment of the answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Quote {
    /// The instrument.
    pub code: Code,
    /// Last price, yuan; `None` before the first trade of the day, and for suspended codes.
    pub price: Option<f64>,
    /// The last close, yuan; on an ex-date probably the ex-right reference.
    pub last_close: f64,
    /// First price, yuan.
    pub open: Option<f64>,
    /// Highest price, yuan.
    pub high: Option<f64>,
    /// Lowest price, yuan.
    pub low: Option<f64>,
    /// Volume of the day, shares.
    pub volume: i64,
    /// Amount of the day, yuan.
    pub amount: f64,
    /// Five levels of the book, best first; those without a price are left out.
    pub bids: Vec<QuoteDepth>,
    /// The same of the sellers.
    pub asks: Vec<QuoteDepth>,
}

/// One side of one level.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct QuoteDepth {
    /// Yuan.
    pub price: f64,
    /// Shares.
    pub volume: i64,
}

/// Normalizes one page of quotes of the codes asked for.
pub(crate) fn quotes(
    dataset: &'static str,
    page: usize,
    asked: &[Code],
    records: &[QuoteRecord],
) -> (Vec<Row<Quote>>, Vec<RejectedRow>) {
    let asked: BTreeSet<_> = asked.iter().collect();
    let (mut rows, mut refused) = (Vec::new(), Vec::new());
    for (record, row) in records.iter().zip(0_u32..) {
        match tdx::parse(record.market, &record.symbol) {
            Ok(_) if record.volume < 0 || !(0.0..1e15).contains(&record.amount) => {
                refused.push(rejected(dataset, page, row, "volume or amount is not a quantity".to_owned(), record))
            }
            Ok(code) if asked.contains(&code) => rows.push(Row { value: quote(code, record), page, row }),
            Ok(code) => refused.push(rejected(dataset, page, row, format!("{code} was not asked for"), record)),
            Err(error) => refused.push(rejected(dataset, page, row, error.to_string(), record)),
        }
    }
    (rows, refused)
}

fn quote(code: Code, record: &QuoteRecord) -> Quote {
    let scale = price_scale(&code);
    let yuan = |price: i64| price as f64 / scale;
    let traded = |price: i64| (price > 0 && record.price > 0).then(|| yuan(price));
    // 34 bits of lots times a hundred fit with room to spare.
    let shares = |lots: i64| lots * lot(&code);
    // Without a last price the levels are relative to 0, and empty.
    let depth = |price: i64, volume: i64| {
        (price > 0 && volume > 0).then(|| QuoteDepth { price: yuan(price), volume: shares(volume) })
    };
    Quote {
        code,
        price: traded(record.price),
        last_close: yuan(record.last_close),
        open: traded(record.open),
        high: traded(record.high),
        low: traded(record.low),
        volume: shares(record.volume),
        amount: f64::from(record.amount),
        bids: record.levels.iter().filter_map(|level| depth(level.bid, level.bid_volume)).collect(),
        asks: record.levels.iter().filter_map(|level| depth(level.ask, level.ask_volume)).collect(),
    }
}
