//! 0x053E: quotes. After the close they stand still; a code that does not trade today has the price 0.

use chrono::{NaiveDateTime, Timelike};
use market_model::Code;

use super::{View, lists::pre_close};
use crate::{
    market::{DayBar, noise},
    tdx::{
        series::{MINUTES, Security, end_of},
        wire::{self, Level, Quote},
    },
};

/// Most quotes per call.
const MOST: usize = 80;
/// Of a code without trading.
const SUSPENDED: u16 = 0x8020;

pub(super) fn quotes(view: &View<'_>, codes: &[Code], body: &mut Vec<u8>) -> usize {
    let securities = codes.iter().take(MOST).filter_map(|code| view.security(Some(code)));
    let quotes: Vec<Quote> = securities.filter_map(|security| quote(view, security)).collect();
    wire::quotes(body, &quotes)
}

fn quote(view: &View<'_>, security: Security<'_>) -> Option<Quote> {
    let newest = view.moment.newest()?;
    let days = view.days(security);
    let day = days.day(view.market.sessions.date(newest));
    let minutes = view.moment.minutes_of(newest);
    let tick = security.tick();
    let price = |thousandths: u32| view.told(thousandths, tick) / tick;
    let last_close = price(day.map_or_else(|| pre_close(Some(newest), security), |bar| bar.pre_close));
    let mut quote = Quote {
        symbol: security.symbol()?,
        activity: 0,
        price: 0,
        last_close,
        open: 0,
        high: 0,
        low: 0,
        time: packed(view.moment.now, minutes),
        volume: 0,
        last_volume: 0,
        sold: 0,
        bought: 0,
        amount: 0.0,
        unknown: [0; 2],
        levels: [Level { bid: 0, ask: 0, bid_volume: 0, ask_volume: 0 }; 5],
        flags: if day.is_none() { SUSPENDED } else { 0 },
        speed: 0,
    };
    let Some(day) = day else { return Some(quote) };
    let all = days.minutes(&day);
    let bar: DayBar = days.seen(day);
    // An index counts hundreds of lots.
    let unit = if security.is_index() { 10_000 } else { 100 };
    let lots = |shares: u64| ((shares + unit / 2) / unit) as i64;
    (quote.price, quote.open, quote.high, quote.low) =
        (price(bar.close), price(bar.open), price(bar.high), price(bar.low));
    quote.volume = lots(bar.volume);
    quote.last_volume = lots(all.bars()[minutes - 1].volume);
    quote.sold = quote.volume * 48 / 100;
    quote.bought = quote.volume - quote.sold;
    quote.amount = bar.amount as f32;
    quote.activity = (security.salt() % 5000) as u16;
    for (depth, level) in quote.levels.iter_mut().enumerate().filter(|_| !security.is_index()) {
        let draw = |side: u64| 1 + (noise(security.salt(), minutes as u64, 10 * depth as u64 + side) * 3000.0) as i64;
        let away = depth as i64;
        *level = Level {
            bid: (quote.price - 1 - away).max(1),
            ask: quote.price + 1 + away,
            bid_volume: draw(0),
            ask_volume: draw(1),
        };
    }
    Some(quote)
}

/// The hour in millions, the minute in ten-thousands, and the ten-thousandths of the minute.
fn packed(now: NaiveDateTime, minutes: usize) -> i64 {
    if minutes == MINUTES {
        let closed = i64::from(end_of(MINUTES - 1));
        return closed / 60 * 1_000_000 + closed % 60 * 10_000;
    }
    let [hour, minute, second] = [now.hour(), now.minute(), now.second()].map(i64::from);
    hour * 1_000_000 + minute * 10_000 + second * 10_000 / 60
}
