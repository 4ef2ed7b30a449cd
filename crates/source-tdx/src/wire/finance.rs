//! 0x0010: the figures of a company's latest report.

use super::{Market, Request, WireError, cursor::Cursor, xdxr::one_security};

const FINANCE: u16 = 0x0010;

/// Count, market, symbol, and the 136 bytes of figures.
const BODY_LEN: usize = 145;
/// Longest body that says "no such company": count, market, symbol, and nothing behind them.
const EMPTY_LEN: usize = 10;

/// Asks for one company's figures.
pub fn finance_request(market: Market, symbol: [u8; 6]) -> Request {
    Request::new(FINANCE, [0x1f, 0x18, 0x76, 0x00], 1, one_security(market, symbol))
}

/// The figures as they are on the wire: shares in 10,000, money in **thousand** yuan, 0 where there is none.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FinanceRecord {
    /// Market number.
    pub market: u8,
    /// Six ASCII digits.
    pub symbol: [u8; 6],
    /// Tradable shares, 10,000.
    pub float_shares: f32,
    /// Province, TDX's number.
    pub province: u16,
    /// Industry, TDX's number.
    pub industry: u16,
    /// YYYYMMDD of the last change.
    pub updated_date: u32,
    /// YYYYMMDD of the listing.
    pub ipo_date: u32,
    /// The thirty figures behind them, in the order of the wire.
    pub figures: [f32; 30],
}

/// Reads the answer to [`finance_request`]; `None` for a security that has no figures (an index, a fund).
pub fn decode_finance(body: &[u8]) -> Result<Option<FinanceRecord>, WireError> {
    let mut cursor = Cursor::new(body);
    let count = cursor.u16("the number of companies")?;
    if count == 0 || body.len() <= EMPTY_LEN {
        return Ok(None);
    }
    if body.len() < BODY_LEN {
        return Err(WireError::Truncated { what: "the figures", at: body.len(), len: body.len() });
    }
    let mut record = FinanceRecord {
        market: cursor.u8("a market")?,
        symbol: cursor.array("a symbol")?,
        float_shares: cursor.f32("the float")?,
        province: cursor.u16("a province")?,
        industry: cursor.u16("an industry")?,
        updated_date: cursor.u32("a date")?,
        ipo_date: cursor.u32("a listing date")?,
        figures: [0.0; 30],
    };
    for figure in &mut record.figures {
        *figure = cursor.f32("a figure")?;
    }
    Ok(Some(record))
}
