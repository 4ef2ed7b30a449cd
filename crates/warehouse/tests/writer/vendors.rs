//! What vendors beside the first one bring: bars without reference price and factor, events, codes outside the mainland's
//! stock market.

use chrono::{DateTime, Days, NaiveDate, Utc};
use market_model::{Code, CorporateAction, DailyBar, Instrument, InstrumentKind, ListStatus};
use warehouse::{Batch, Listing, Partition, RawResponse, Sourced};

use crate::market::{Market, response};

/// The vendor whose bars have neither a reference price nor a factor.
pub(crate) const TDX: &str = "tdx";

/// A market whose codes trade on each of the first six days on which they are listed, without events.
pub(crate) fn busy(mut seed: u64) -> Market {
    loop {
        let market = Market::generate(seed, 5, 8);
        let traded = |at: usize| market.quotes[at].iter().all(|(_, quote)| quote.is_some());
        if (0..6).all(traded) && market.actions.iter().all(|action| action.ex_date > market.days[5]) {
            return market;
        }
        seed += 1_000;
    }
}

/// `batch` as if another vendor had answered it.
pub(crate) fn from_source(batch: Batch, source: &str) -> Batch {
    let mut batch = Batch { source: source.to_owned(), ..batch };
    batch.responses.iter_mut().for_each(|response| response.source = source.to_owned());
    batch.partitions.iter_mut().for_each(|partition| partition.source = source.to_owned());
    batch
}

/// What TDX says of the `at`-th day: its bars, and of every code the one before, for its pages reach back.
pub(crate) fn tdx_day(market: &Market, at: usize, fetched_at: DateTime<Utc>) -> Batch {
    let mut bars: Vec<DailyBar> = bars_of(market, at).collect();
    for instrument in &market.instruments {
        let days = (0..at).rev();
        bars.extend(days.filter_map(|day| bars_of(market, day).find(|bar| bar.code == instrument.code)).take(1));
    }
    Batch {
        partitions: vec![Partition { dataset: "daily", source: TDX.to_owned(), trade_date: market.days[at] }],
        ..tdx_bars(bars, fetched_at)
    }
}

/// The market's bars of the `at`-th day, as TDX has them.
pub(crate) fn bars_of(market: &Market, at: usize) -> impl Iterator<Item = DailyBar> {
    market.quotes[at].iter().filter_map(|(_, quote)| quote.as_ref()).map(|quote| plain(&quote.bar))
}

/// `bar` as TDX has it.
pub(crate) fn plain(bar: &DailyBar) -> DailyBar {
    DailyBar { pre_close: None, adj_factor: None, ..bar.clone() }
}

/// Bars from TDX, without the claim that they are all of any day.
pub(crate) fn tdx_bars(bars: Vec<DailyBar>, fetched_at: DateTime<Utc>) -> Batch {
    bars_from(TDX, bars, fetched_at)
}

/// Bars of `source`, without the claim that they are all of any day.
pub(crate) fn bars_from(source: &str, bars: Vec<DailyBar>, fetched_at: DateTime<Utc>) -> Batch {
    Batch { daily: rows(bars), ..one_response(source, "bars", fetched_at) }
}

/// Events that `source` lists.
pub(crate) fn actions_from(source: &str, actions: Vec<CorporateAction>, fetched_at: DateTime<Utc>) -> Batch {
    Batch { actions: rows(actions), ..one_response(source, "events", fetched_at) }
}

/// A batch of `source` with one response and nothing read from it yet.
pub(crate) fn one_response(source: &str, dataset: &str, fetched_at: DateTime<Utc>) -> Batch {
    let response = RawResponse { source: source.to_owned(), ..response(dataset, source, fetched_at) };
    Batch { source: source.to_owned(), responses: vec![response], ..Batch::default() }
}

pub(crate) fn rows<T>(values: Vec<T>) -> Vec<Sourced<T>> {
    values.into_iter().enumerate().map(|(row, value)| Sourced { value, response: 0, row: row as u32 }).collect()
}

/// Bars of `code` on `count` days from `first` on, weekends included: a slow walk, the same for every vendor.
pub(crate) fn foreign_bars(code: &str, first: NaiveDate, count: u64) -> Vec<DailyBar> {
    let code: Code = code.parse().unwrap();
    let bar = |at: u64| {
        let cents = 10_000 + (at * 37 + at * at % 11 * 5) % 900;
        let close = cents as f64 / 100.0;
        DailyBar {
            code,
            trade_date: first + Days::new(at),
            open: close,
            high: close + 0.5,
            low: close - 0.5,
            close,
            pre_close: None,
            volume: 1_000 + at as i64,
            amount: None,
            adj_factor: None,
        }
    };
    (0..count).map(bar).collect()
}

/// The list entry of a code outside the mainland's stock market.
pub(crate) fn foreign_listing(code: &str, name: &str) -> Listing {
    let code: Code = code.parse().unwrap();
    let instrument = Instrument {
        code,
        kind: InstrumentKind::of_code(&code).unwrap(),
        board: None,
        name: name.to_owned(),
        listed: None,
        delisted: None,
        renamed_from: None,
    };
    Listing { instrument, status: ListStatus::Listed }
}
