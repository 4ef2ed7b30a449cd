//! `meta`: what the answer says about its symbol.

use chrono::{DateTime, NaiveDate, Offset, TimeDelta, TimeZone, Utc};
use serde_json::{Value, json};

use super::{query::Query, rows::Row};
use crate::world::{Kind, Listing};

/// The `meta` object of an answer at `now`. `newest` and `before` are the newest row with a close and the last close before
/// the range.
pub(super) fn meta(
    listing: &Listing,
    symbol: &str,
    query: &Query,
    now: DateTime<Utc>,
    newest: Option<&Row>,
    before: Option<f64>,
) -> Value {
    let venue = listing.venue;
    let local = now.with_timezone(&venue.zone());
    let offset = venue.zone().offset_from_utc_datetime(&now.naive_utc()).fix().local_minus_utc();
    let zone_name = local.format("%Z").to_string();
    let session = session(listing, now);
    let period = |from: DateTime<Utc>, to: DateTime<Utc>| json!({ "timezone": zone_name, "start": from.timestamp(), "end": to.timestamp(), "gmtoffset": offset });
    let (opens, closes) = (venue.opens_at(session), venue.closes_at(session));
    let around = if listing.kind == Kind::Currency { TimeDelta::zero() } else { TimeDelta::hours(4) };
    let first = listing.bars.first().map(|bar| venue.opens_at(bar.date).timestamp());
    let mut meta = json!({
        "currency": listing.currency,
        "symbol": symbol,
        "exchangeName": listing.exchange.0,
        "fullExchangeName": listing.exchange.1,
        "instrumentType": listing.kind.name(),
        "firstTradeDate": first,
        "regularMarketTime": newest.map(|row| row.timestamp),
        "hasPrePostMarketData": listing.kind != Kind::Currency,
        "gmtoffset": offset,
        "timezone": zone_name,
        "exchangeTimezoneName": venue.zone().name(),
        "longName": listing.name,
        "shortName": listing.name,
        "chartPreviousClose": before,
        "priceHint": listing.decimals.clamp(2, 4),
        "currentTradingPeriod": {
            "pre": period(opens - around, opens),
            "regular": period(opens, closes),
            "post": period(closes, closes + around),
        },
        "dataGranularity": query.interval.name(),
        "range": query.range,
        "validRanges": ["1d", "5d", "1mo", "3mo", "6mo", "1y", "2y", "5y", "10y", "ytd", "max"],
    });
    if let (Some(map), Some(values)) = (meta.as_object_mut(), newest.and_then(|row| row.values)) {
        map.insert("regularMarketPrice".to_owned(), json!(values.close));
        map.insert("regularMarketDayHigh".to_owned(), json!(values.high));
        map.insert("regularMarketDayLow".to_owned(), json!(values.low));
        map.insert("regularMarketVolume".to_owned(), json!(values.volume as i64));
    }
    meta
}

/// The session that runs, or the last one before it.
fn session(listing: &Listing, now: DateTime<Utc>) -> NaiveDate {
    let today = listing.venue.date(now);
    let begun = |day: &NaiveDate| listing.venue.is_open(*day) && listing.venue.opens_at(*day) <= now;
    std::iter::successors(Some(today), NaiveDate::pred_opt).take(30).find(begun).unwrap_or(today)
}
