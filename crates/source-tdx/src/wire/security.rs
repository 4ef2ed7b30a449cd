//! 0x044E and 0x0450: how many securities a market has, and their list.

use super::{Market, Request, WireError, cursor::Cursor, text};

const COUNT: u16 = 0x044e;
const LIST: u16 = 0x0450;

/// A constant that clients send with the count: 2017-06-13.
const COUNT_DATE: u32 = 20_170_613;
const RECORD_LEN: usize = 29;

/// Most securities in one answer.
pub const LIST_PAGE: u16 = 1000;

/// Asks how many securities, of all sorts, a market has.
pub fn count_request(market: Market) -> Request {
    let mut parameters = market.wide().to_vec();
    parameters.extend(COUNT_DATE.to_le_bytes());
    Request::new(COUNT, [0x0c, 0x18, 0x6c, 0x00], 1, parameters)
}

/// Reads the answer to [`count_request`].
pub fn decode_count(body: &[u8]) -> Result<u16, WireError> {
    Cursor::new(body).u16("the count")
}

/// Asks for up to [`LIST_PAGE`] securities from position `start` on.
pub fn list_request(market: Market, start: u16) -> Request {
    let mut parameters = market.wide().to_vec();
    parameters.extend(start.to_le_bytes());
    Request::new(LIST, [0x01, 0x18, 0x64, 0x01], 1, parameters)
}

/// One security of the list.
#[derive(Debug, Clone, PartialEq)]
pub struct SecurityRecord {
    /// Six ASCII digits, as a rule.
    pub symbol: [u8; 6],
    /// Shares per lot.
    pub volume_unit: u16,
    /// The name, cut at eight bytes of GBK.
    pub name: String,
    /// Decimals of its prices: 2 for stocks, 3 for funds and bonds.
    pub decimals: u8,
    /// The last close, yuan.
    pub pre_close: f32,
}

/// Reads the answer to [`list_request`].
pub fn decode_list(body: &[u8]) -> Result<Vec<SecurityRecord>, WireError> {
    let mut cursor = Cursor::new(body);
    let declared = cursor.u16("the number of securities")?;
    let records = cursor.records(declared, RECORD_LEN, "the declared securities")?;
    let mut securities = Vec::with_capacity(records);
    for _ in 0..records {
        let symbol = cursor.array("a symbol")?;
        let volume_unit = cursor.u16("a lot")?;
        let name = text::gbk(&cursor.array::<8>("a name")?);
        cursor.array::<4>("a group")?;
        let decimals = cursor.u8("the decimals")?;
        let pre_close = cursor.f32("a last close")?;
        cursor.array::<4>("the rest of a security")?;
        securities.push(SecurityRecord { symbol, volume_unit, name, decimals, pre_close });
    }
    cursor.finish()?;
    Ok(securities)
}
