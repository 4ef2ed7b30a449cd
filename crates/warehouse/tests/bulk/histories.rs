//! The market's histories, code by code, as a backfill hands them over; and its days, as ordinary batches.

use chrono::{DateTime, Utc};
use market_model::Code;
use warehouse::{Batch, BulkLoaded, RawResponse, Sourced, StagedCode, WarehouseError, Writer};

use crate::market::{Market, minute};

/// Loads `codes` in one go.
pub(crate) fn load(writer: &mut Writer, source: &str, codes: &[StagedCode], at: DateTime<Utc>) -> BulkLoaded {
    try_load(writer, source, codes, at).unwrap()
}

pub(crate) fn try_load(
    writer: &mut Writer,
    source: &str,
    codes: &[StagedCode],
    at: DateTime<Utc>,
) -> Result<BulkLoaded, WarehouseError> {
    writer.bulk_load(source, codes.iter().cloned().map(Ok), at, |_| ())
}

/// Every code's rows out of `batch`, with three responses each.
pub(crate) fn staged(market: &Market, source: &str, batch: &Batch, fetched_at: DateTime<Utc>) -> Vec<StagedCode> {
    let codes = market.instruments.iter().map(|instrument| instrument.code);
    codes.map(|code| history(code, source, batch, fetched_at)).collect()
}

fn history(code: Code, source: &str, batch: &Batch, fetched_at: DateTime<Utc>) -> StagedCode {
    let mut staged = StagedCode::new(code);
    staged.responses = ["bars", "daily_basic", "stk_limit"].map(|of| response(source, of, code, fetched_at)).into();
    staged.bars = batch.daily.iter().map(|row| row.value.clone()).filter(|bar| bar.code == code).collect();
    staged.bars.sort_by_key(|bar| bar.trade_date);
    staged.places = (0..staged.bars.len()).map(|row| (0, row as u32)).collect();
    let basics = batch.basics.iter().map(|row| row.value.clone()).filter(|basic| basic.code == code);
    staged.basics = sourced(basics, 1, |basic| basic.trade_date);
    let limits = batch.limits.iter().map(|row| row.value.clone()).filter(|limit| limit.code == code);
    staged.limits = sourced(limits, 2, |limit| limit.trade_date);
    staged
}

fn sourced<T, K: Ord>(rows: impl Iterator<Item = T>, response: usize, day: impl Fn(&T) -> K) -> Vec<Sourced<T>> {
    let mut rows: Vec<T> = rows.collect();
    rows.sort_by_key(day);
    (0_u32..).zip(rows).map(|(row, value)| Sourced { value, response, row }).collect()
}

pub(crate) fn response(source: &str, dataset: &str, code: Code, fetched_at: DateTime<Utc>) -> RawResponse {
    RawResponse {
        source: source.to_owned(),
        dataset: dataset.to_owned(),
        request: format!("{{\"code\":\"{code}\"}}"),
        fetched_at,
        http_status: 200,
        body: format!("{dataset} of {code} at {fetched_at}").into_bytes(),
    }
}

/// The batch as another vendor's, who knows nothing about suspensions.
pub(crate) fn of_source(mut batch: Batch, source: &str) -> Batch {
    batch.suspensions.clear();
    source.clone_into(&mut batch.source);
    batch.responses.iter_mut().for_each(|response| source.clone_into(&mut response.source));
    batch.partitions.iter_mut().for_each(|partition| source.clone_into(&mut partition.source));
    batch
}

/// The batch without the days outside `range`.
pub(crate) fn days(market: &Market, mut batch: Batch, range: std::ops::Range<usize>) -> Batch {
    let (first, last) = (market.days[range.start], market.days[range.end - 1]);
    let inside = |day| (first..=last).contains(&day);
    batch.daily.retain(|row| inside(row.value.trade_date));
    batch.basics.retain(|row| inside(row.value.trade_date));
    batch.limits.retain(|row| inside(row.value.trade_date));
    batch.suspensions.retain(|row| inside(row.value.trade_date));
    batch.partitions.retain(|partition| inside(partition.trade_date));
    batch
}

/// Reference data, and all suspensions: what is known before a backfill.
pub(crate) fn prepare(writer: &mut Writer, market: &Market) {
    writer.commit(market.reference(minute(0)), minute(0)).unwrap();
    writer.commit(halts(market), minute(0)).unwrap();
}

fn halts(market: &Market) -> Batch {
    let mut batch = market.all_days(minute(0));
    (batch.daily, batch.basics, batch.limits, batch.partitions) = (vec![], vec![], vec![], vec![]);
    batch
}
