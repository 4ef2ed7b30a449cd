//! The body of 0x053E. Prices are whole units of the security's last decimal.

use super::{
    primitive::{put_f32, put_u16, put_varint},
    reference::Symbol,
};

/// One level of the order book.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Level {
    pub(crate) bid: i64,
    pub(crate) ask: i64,
    /// Lots.
    pub(crate) bid_volume: i64,
    pub(crate) ask_volume: i64,
}

/// A quote.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Quote {
    pub(crate) symbol: Symbol,
    pub(crate) activity: u16,
    pub(crate) price: i64,
    pub(crate) last_close: i64,
    pub(crate) open: i64,
    pub(crate) high: i64,
    pub(crate) low: i64,
    /// The server's packed time.
    pub(crate) time: i64,
    /// Lots: of the day, of the last trade, sold into bids, bought from asks.
    pub(crate) volume: i64,
    pub(crate) last_volume: i64,
    pub(crate) sold: i64,
    pub(crate) bought: i64,
    /// Yuan.
    pub(crate) amount: f32,
    /// Two numbers of unknown meaning after the volumes.
    pub(crate) unknown: [i64; 2],
    pub(crate) levels: [Level; 5],
    pub(crate) flags: u16,
    /// Hundredths of a percent per minute.
    pub(crate) speed: i16,
}

/// What the real servers send before the count differs from one to the next; clients skip it.
const PREFIX: [u8; 2] = [0xb1, 0xcb];

/// Writes the quotes; how many they are.
pub(crate) fn quotes(out: &mut Vec<u8>, quotes: &[Quote]) -> usize {
    out.extend_from_slice(&PREFIX);
    put_u16(out, quotes.len() as u16);
    for quote in quotes {
        quote.symbol.put(out);
        put_u16(out, quote.activity);
        put_varint(out, quote.price);
        for price in [quote.last_close, quote.open, quote.high, quote.low] {
            put_varint(out, price - quote.price);
        }
        for number in [quote.time, -quote.price, quote.volume, quote.last_volume] {
            put_varint(out, number);
        }
        put_f32(out, quote.amount);
        for number in [quote.sold, quote.bought].into_iter().chain(quote.unknown) {
            put_varint(out, number);
        }
        for level in quote.levels {
            for number in [level.bid - quote.price, level.ask - quote.price, level.bid_volume, level.ask_volume] {
                put_varint(out, number);
            }
        }
        put_u16(out, quote.flags);
        (0..4).for_each(|_| put_varint(out, 0));
        out.extend_from_slice(&quote.speed.to_le_bytes());
        put_u16(out, quote.activity);
    }
    quotes.len()
}
