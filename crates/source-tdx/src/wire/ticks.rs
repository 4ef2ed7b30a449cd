//! 0x0FC5 and 0x0FB5: single trades of today or of a past day.

use super::{Market, Request, WireError, cursor::Cursor};

const TODAY: u16 = 0x0fc5;
const PAST: u16 = 0x0fb5;

/// Most trades in one answer.
pub const MAX_TICKS: u16 = 1800;

/// Asks for `count` trades of today, the newest of them `start` trades before the newest of all.
pub fn ticks_request(market: Market, symbol: [u8; 6], start: u16, count: u16) -> Request {
    Request::new(TODAY, [0x17, 0x08, 0x01, 0x01], 1, window(market, symbol, start, count))
}

/// The same of a past day, YYYYMMDD.
pub fn past_ticks_request(market: Market, symbol: [u8; 6], date: u32, start: u16, count: u16) -> Request {
    let mut parameters = date.to_le_bytes().to_vec();
    parameters.extend(window(market, symbol, start, count));
    Request::new(PAST, [0x01, 0x30, 0x01, 0x00], 1, parameters)
}

fn window(market: Market, symbol: [u8; 6], start: u16, count: u16) -> Vec<u8> {
    let mut parameters = market.wide().to_vec();
    parameters.extend(symbol);
    parameters.extend(start.to_le_bytes());
    parameters.extend(count.to_le_bytes());
    parameters
}

/// One trade.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TickRecord {
    /// Minutes after midnight.
    pub minute: u16,
    /// Price, in 0.01 yuan (stocks, indices) or 0.001 (funds, bonds).
    pub price: i64,
    /// Volume, lots.
    pub volume: i64,
    /// Orders it consists of; `None` for past days.
    pub orders: Option<i64>,
    /// 0 a buyer, 1 a seller, 2 neither (the auctions); more values occur.
    pub side: i64,
}

/// Reads the answer to [`ticks_request`].
pub fn decode_ticks(body: &[u8]) -> Result<Vec<TickRecord>, WireError> {
    decode(body, false)
}

/// Reads the answer to [`past_ticks_request`].
pub fn decode_past_ticks(body: &[u8]) -> Result<Vec<TickRecord>, WireError> {
    decode(body, true)
}

fn decode(body: &[u8], past: bool) -> Result<Vec<TickRecord>, WireError> {
    let mut cursor = Cursor::new(body);
    let declared = cursor.u16("the number of trades")?;
    if past {
        cursor.array::<4>("the last close")?;
    }
    let record_min = if past { 6 } else { 7 };
    let records = cursor.records(declared, record_min, "the declared trades")?;
    let mut ticks = Vec::with_capacity(records);
    let mut price = 0_i64;
    for _ in 0..records {
        let minute = cursor.u16("a time")?;
        price += cursor.varint("a price")?;
        let volume = cursor.varint("a volume")?;
        let orders = if past { None } else { Some(cursor.varint("a number of orders")?) };
        let side = cursor.varint("a side")?;
        cursor.varint("an unknown number")?;
        ticks.push(TickRecord { minute, price, volume, orders, side });
    }
    cursor.finish()?;
    Ok(ticks)
}
