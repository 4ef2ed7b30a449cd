//! 0x053E: the market at this moment, with five levels of the book.

use super::{Market, Request, WireError, cursor::Cursor};

const QUOTES: u16 = 0x053e;

/// Most securities in one question; servers take 80, and 60 without complaint.
pub const MAX_QUOTES: usize = 60;

/// Market, symbol, two u16, a float, nine numbers before and four behind it, five levels of four, the tail.
const RECORD_MIN: usize = 1 + 6 + 2 + 9 + 4 + 4 + 20 + 2 + 4 + 2 + 2;

/// Asks for the quotes of up to [`MAX_QUOTES`] securities.
pub fn quotes_request(securities: &[(Market, [u8; 6])]) -> Request {
    let mut parameters = vec![5, 0, 0, 0, 0, 0, 0, 0];
    parameters.extend(u16::try_from(securities.len()).unwrap_or(u16::MAX).to_le_bytes());
    for (market, symbol) in securities {
        parameters.push(market.number());
        parameters.extend(symbol);
    }
    Request::new(QUOTES, [0x01, 0x20, 0x63, 0x00], 2, parameters)
}

/// One level of the book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct QuoteLevel {
    /// Highest bid of the level, in the record's price unit.
    pub bid: i64,
    /// Lowest ask of the level, in the record's price unit.
    pub ask: i64,
    /// Lots bid.
    pub bid_volume: i64,
    /// Lots asked.
    pub ask_volume: i64,
}

/// One security's quote. Prices are integers: 0.01 yuan for stocks and indices, 0.001 for funds and bonds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct QuoteRecord {
    /// Market number.
    pub market: u8,
    /// Six ASCII digits.
    pub symbol: [u8; 6],
    /// Last price; 0 before the first trade and for suspended securities.
    pub price: i64,
    /// Yesterday's close.
    pub last_close: i64,
    /// First price.
    pub open: i64,
    /// Highest price.
    pub high: i64,
    /// Lowest price.
    pub low: i64,
    /// The server's clock, packed in a way that differs between servers.
    pub server_time: i64,
    /// Volume of the day, lots.
    pub volume: i64,
    /// Volume of the last trade, lots.
    pub current_volume: i64,
    /// Amount of the day, yuan.
    pub amount: f32,
    /// Lots that sellers started (内盘).
    pub sell_volume: i64,
    /// Lots that buyers started (外盘).
    pub buy_volume: i64,
    /// Five levels, best first.
    pub levels: [QuoteLevel; 5],
}

/// Reads the answer to [`quotes_request`].
pub fn decode_quotes(body: &[u8]) -> Result<Vec<QuoteRecord>, WireError> {
    let mut cursor = Cursor::new(body);
    cursor.array::<2>("two bytes of unknown use")?;
    let declared = cursor.u16("the number of quotes")?;
    let records = cursor.records(declared, RECORD_MIN, "the declared quotes")?;
    let mut quotes = Vec::with_capacity(records);
    for _ in 0..records {
        quotes.push(quote(&mut cursor)?);
    }
    cursor.finish()?;
    Ok(quotes)
}

fn quote(cursor: &mut Cursor<'_>) -> Result<QuoteRecord, WireError> {
    let market = cursor.u8("a market")?;
    let symbol = cursor.array("a symbol")?;
    cursor.u16("an activity")?;
    let summary = Summary::read(cursor)?;
    let mut levels = [QuoteLevel::default(); 5];
    for level in &mut levels {
        *level = level_of(cursor, summary.price)?;
    }
    cursor.u16("flags")?;
    for _ in 0..4 {
        cursor.varint("an unknown number")?;
    }
    cursor.u16("a speed")?;
    cursor.u16("an activity")?;
    Ok(QuoteRecord {
        market,
        symbol,
        price: summary.price,
        last_close: summary.last_close,
        open: summary.open,
        high: summary.high,
        low: summary.low,
        server_time: summary.server_time,
        volume: summary.volume,
        current_volume: summary.current_volume,
        amount: summary.amount,
        sell_volume: summary.sell_volume,
        buy_volume: summary.buy_volume,
        levels,
    })
}

/// The part of a quote that the minute line of today has too.
pub(super) struct Summary {
    price: i64,
    last_close: i64,
    open: i64,
    high: i64,
    low: i64,
    server_time: i64,
    volume: i64,
    current_volume: i64,
    amount: f32,
    sell_volume: i64,
    buy_volume: i64,
}

impl Summary {
    pub(super) fn read(cursor: &mut Cursor<'_>) -> Result<Self, WireError> {
        let price = cursor.varint("a price")?;
        // No sum overflows: a number on the wire has 34 bits.
        let mut relative = |what| cursor.varint(what).map(|difference| price + difference);
        let last_close = relative("a last close")?;
        let open = relative("an open")?;
        let high = relative("a high")?;
        let low = relative("a low")?;
        let server_time = cursor.varint("a time")?;
        cursor.varint("a price again")?;
        let volume = cursor.varint("a volume")?;
        let current_volume = cursor.varint("a current volume")?;
        let amount = cursor.f32("an amount")?;
        let sell_volume = cursor.varint("a sell volume")?;
        let buy_volume = cursor.varint("a buy volume")?;
        cursor.varint("an unknown number")?;
        cursor.varint("an opening amount")?;
        Ok(Self {
            price,
            last_close,
            open,
            high,
            low,
            server_time,
            volume,
            current_volume,
            amount,
            sell_volume,
            buy_volume,
        })
    }
}

pub(super) fn level_of(cursor: &mut Cursor<'_>, price: i64) -> Result<QuoteLevel, WireError> {
    Ok(QuoteLevel {
        bid: price + cursor.varint("a bid")?,
        ask: price + cursor.varint("an ask")?,
        bid_volume: cursor.varint("a bid volume")?,
        ask_volume: cursor.varint("an ask volume")?,
    })
}
