//! The answer: `chart.result[0]`.

use chrono::{DateTime, Datelike, Utc};
use serde_json::{Map, Value, json};

use super::{
    faults::YahooFault,
    meta::meta,
    query::{Interval, Query},
    refusal::Refusal,
    rows::{Row, Values, daily, grouped, known_splits_until},
};
use crate::world::{EventKind, Listing};

/// An answer and how many rows it has.
pub(super) fn chart(
    listing: &Listing,
    symbol: &str,
    query: &Query,
    now: DateTime<Utc>,
    faults: &[YahooFault],
) -> Result<(Vec<u8>, usize), Refusal> {
    let has = |fault: YahooFault| faults.contains(&fault);
    let first = listing.bars.first().map(|bar| listing.venue.opens_at(bar.date).timestamp());
    if first.is_none_or(|first| query.to <= first - 86_400) {
        return Err(Refusal::NoData { from: query.from, to: query.to });
    }
    let interval = if has(YahooFault::CoarseGranularity) { Interval::Month } else { query.interval };
    let query = &Query { interval, ..query.clone() };
    let whole = daily(listing, &Query { from: i64::MIN, ..query.clone() }, now, faults);
    let newest = whole.iter().rev().find(|row| row.values.is_some());
    let before = whole.iter().rev().filter(|row| row.timestamp < query.from).find_map(|row| row.values);
    let meta = meta(listing, symbol, query, now, newest, before.map(|values| values.close));
    let in_range: Vec<Row> = whole.iter().filter(|row| row.timestamp >= query.from).copied().collect();
    let mut rows = match interval {
        Interval::Day => in_range,
        Interval::Week => grouped(&in_range, |date| date.iso_week().year() * 60 + date.iso_week().week() as i32),
        Interval::Month => grouped(&in_range, |date| date.year() * 12 + date.month0() as i32),
    };
    bend(&mut rows, faults);
    let events = events(listing, query, now);
    let mut result = Map::new();
    result.insert("meta".to_owned(), meta);
    if !rows.is_empty() {
        result.insert("timestamp".to_owned(), rows.iter().map(|row| row.timestamp).collect());
        if !events.is_empty() {
            result.insert("events".to_owned(), Value::Object(events));
        }
    }
    result.insert("indicators".to_owned(), indicators(&rows, faults));
    let body = json!({ "chart": { "result": [result], "error": null } });
    Ok((body.to_string().into_bytes(), rows.len()))
}

/// What faults do to the rows.
fn bend(rows: &mut Vec<Row>, faults: &[YahooFault]) {
    let has = |fault: YahooFault| faults.contains(&fault);
    if has(YahooFault::DoubleRows) {
        *rows = rows.iter().flat_map(|row| [worse(row), *row]).collect();
    }
    for (index, row) in rows.iter_mut().enumerate() {
        let Some(values) = &mut row.values else { continue };
        if has(YahooFault::UnitSlip) {
            for price in [&mut values.open, &mut values.high, &mut values.low, &mut values.close] {
                *price *= 100.0;
            }
        }
        if has(YahooFault::HighBelowLow) && index % 7 == 0 && values.high > values.low {
            (values.high, values.low) = (values.low, values.high);
        }
        if has(YahooFault::NullEverything) {
            row.values = None;
        }
    }
    if let Some(newest) = rows.last_mut().filter(|_| has(YahooFault::NullNewest)) {
        newest.values = None;
    }
}

/// The same day as it looked earlier.
fn worse(row: &Row) -> Row {
    let earlier = |values: Values| Values { close: values.open, volume: (values.volume / 2.0).floor(), ..values };
    Row { values: row.values.map(earlier), ..*row }
}

fn indicators(rows: &[Row], faults: &[YahooFault]) -> Value {
    if rows.is_empty() {
        return json!({ "quote": [{}], "adjclose": [{}] });
    }
    let column = |value: fn(&Values) -> f64| -> Vec<Option<f64>> {
        rows.iter().map(|row| row.values.as_ref().map(value)).collect()
    };
    let volume: Vec<Option<i64>> = rows.iter().map(|row| row.values.map(|values| values.volume as i64)).collect();
    let mut close = column(|values| values.close);
    let adjclose = close.clone();
    if faults.contains(&YahooFault::UnequalArrays) {
        close.pop();
    }
    let mut quote = json!({
        "open": column(|values| values.open),
        "high": column(|values| values.high),
        "low": column(|values| values.low),
        "close": close,
        "volume": volume,
    });
    if let Some(quote) = quote.as_object_mut().filter(|_| faults.contains(&YahooFault::NoClose)) {
        quote.remove("close");
    }
    json!({ "quote": [quote], "adjclose": [{ "adjclose": adjclose }] })
}

/// Maps from keys that mean nothing to events, by kind.
fn events(listing: &Listing, query: &Query, now: DateTime<Utc>) -> Map<String, Value> {
    let known = known_splits_until(listing, now);
    let (mut dividends, mut splits) = (Map::new(), Map::new());
    for event in listing.events.iter().filter(|event| event.ex_date <= known) {
        let date = listing.venue.opens_at(event.ex_date).timestamp();
        if !(query.from..query.to).contains(&date) {
            continue;
        }
        // Not the date: whoever reads it from here is mistaken.
        let key = (date - 5 * 3600).to_string();
        match event.kind {
            EventKind::Dividend { amount } if query.dividends => {
                let amount = amount / listing.ratio_before(event.ex_date, known);
                let amount = f64::from(((amount * 1e6).round() / 1e6) as f32);
                dividends.insert(key, json!({ "amount": amount, "date": date, "currency": listing.currency }));
            }
            EventKind::Split { numerator, denominator } if query.splits => {
                let ratio = format!("{numerator}:{denominator}");
                let split =
                    json!({ "date": date, "numerator": numerator, "denominator": denominator, "splitRatio": ratio });
                splits.insert(key, split);
            }
            _ => {}
        }
    }
    let kinds = [("dividends", dividends), ("splits", splits)];
    let filled = kinds.into_iter().filter(|(_, events)| !events.is_empty());
    filled.map(|(name, events)| (name.to_owned(), Value::Object(events))).collect()
}
