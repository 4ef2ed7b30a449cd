//! 0x051D and 0x0FB4: the line of minutes of today or of a past day.

use super::{
    Market, Request, WireError,
    cursor::Cursor,
    quotes::{Summary, level_of},
};

const TODAY: u16 = 0x051d;
const PAST: u16 = 0x0fb4;

/// Price, a number of unknown use, volume: a byte each at least.
const RECORD_MIN: usize = 3;

/// Asks for the minutes of today.
pub fn minute_request(market: Market, symbol: [u8; 6]) -> Request {
    let mut parameters = market.wide().to_vec();
    parameters.extend(symbol);
    parameters.extend([0; 4]);
    Request::new(TODAY, [0x1b, 0x08, 0x00, 0x01], 1, parameters)
}

/// Asks for the minutes of a past day, YYYYMMDD.
pub fn past_minute_request(market: Market, symbol: [u8; 6], date: u32) -> Request {
    let mut parameters = date.to_le_bytes().to_vec();
    parameters.push(market.number());
    parameters.extend(symbol);
    Request::new(PAST, [0x01, 0x30, 0x00, 0x01], 1, parameters)
}

/// One minute; the first ends at 09:31.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MinuteRecord {
    /// Last price, in 0.01 yuan (stocks, indices) or 0.001 (funds, bonds).
    pub price: i64,
    /// Volume, lots.
    pub volume: i64,
}

/// Reads the answer to either question.
///
/// Three layouts are about. All start with the number of minutes. Of a past day, four bytes (the last close as a float)
/// follow; of today, two zeros in the old layout; since 2018 two zeros, market, symbol, and most of a quote with three
/// levels. `past` tells the first from the others, the symbol's digits tell the last two apart.
pub fn decode_minutes(body: &[u8], past: bool) -> Result<Vec<MinuteRecord>, WireError> {
    let mut cursor = Cursor::new(body);
    let declared = cursor.u16("the number of minutes")?;
    if past {
        cursor.array::<4>("the last close")?;
    } else {
        cursor.array::<2>("two zeros")?;
        if has_quote(body) {
            cursor.array::<7>("market and symbol")?;
            cursor.u16("an activity")?;
            Summary::read(&mut cursor)?;
            for _ in 0..3 {
                level_of(&mut cursor, 0)?;
            }
            cursor.u16("flags")?;
        }
    }
    let records = cursor.records(declared, RECORD_MIN, "the declared minutes")?;
    let mut minutes = Vec::with_capacity(records);
    let mut price = 0_i64;
    for _ in 0..records {
        price += cursor.varint("a price")?;
        cursor.varint("an unknown number")?;
        minutes.push(MinuteRecord { price, volume: cursor.varint("a volume")? });
    }
    cursor.finish()?;
    Ok(minutes)
}

/// Whether market and six digits stand behind the two zeros. In the old layout the first price stands there, and it would
/// have to be one of at most 0.02 yuan.
fn has_quote(body: &[u8]) -> bool {
    matches!(body.get(4..11), Some([0..=2, symbol @ ..]) if symbol.iter().all(u8::is_ascii_digit))
}
