//! 0x000F: everything that ever changed a security's capital (股本变迁), dividends among it.

use super::{Market, Request, WireError, cursor::Cursor, stamp::day_of};
use chrono::NaiveDate;

const XDXR: u16 = 0x000f;
const RECORD_LEN: usize = 29;

/// A body shorter than its own head says that there is no record.
const HEAD_LEN: usize = 11;

/// Asks for every record of one security.
pub fn xdxr_request(market: Market, symbol: [u8; 6]) -> Request {
    Request::new(XDXR, [0x1f, 0x18, 0x76, 0x00], 1, one_security(market, symbol))
}

/// Parameters of a question about one security: how many (1), market, symbol.
pub(super) fn one_security(market: Market, symbol: [u8; 6]) -> Vec<u8> {
    let mut parameters = 1_u16.to_le_bytes().to_vec();
    parameters.push(market.number());
    parameters.extend(symbol);
    parameters
}

/// Whether a body names the security asked for, where it names one: a head without digits, or none, says nothing.
pub(crate) fn is_about(body: &[u8], market: Market, symbol: [u8; 6]) -> Result<(), WireError> {
    match body.get(2..9) {
        Some([number, found @ ..])
            if found.iter().all(u8::is_ascii_digit) && (*number, found) != (market.number(), symbol.as_slice()) =>
        {
            let name = |number: u8, symbol: &[u8]| format!("{number}/{}", symbol.escape_ascii());
            Err(WireError::WrongSecurity { asked: name(market.number(), &symbol), found: name(*number, found) })
        }
        _ => Ok(()),
    }
}

/// One record, four values by category.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct XdxrRow {
    /// Market number.
    pub market: u8,
    /// Six ASCII digits.
    pub symbol: [u8; 6],
    /// YYYYMMDD; of category 1 the ex-date.
    pub date: u32,
    /// 1 to 14 are known; more may come.
    pub category: u8,
    /// The sixteen bytes behind it.
    pub values: [u8; 16],
}

/// What a record says, by its category.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum XdxrEvent {
    /// 1 除权除息: the only one that changes a stock's price.
    ExRight {
        /// Cash before tax, yuan per 10 shares.
        cash_per_10: f32,
        /// Subscription price of a rights share, yuan.
        rights_price: f32,
        /// Bonus and transferred shares per 10.
        bonus_per_10: f32,
        /// Rights shares per 10.
        rights_per_10: f32,
    },
    /// 2 to 10 (new shares listed, capital changed, issues, buy-backs …): capital before and after, in 10,000 shares.
    Capital {
        /// Tradable before.
        float_before: f32,
        /// In issue before.
        total_before: f32,
        /// Tradable after.
        float_after: f32,
        /// In issue after.
        total_after: f32,
    },
    /// 11 扩缩股, 12 非流通股缩股: each share becomes `ratio`. Matters for funds.
    Conversion {
        /// Shares after, per share before.
        ratio: f32,
    },
    /// 13 送认购权证, 14 送认沽权证.
    Warrant {
        /// Exercise price, yuan.
        exercise_price: f32,
        /// Warrants per share.
        shares: f32,
    },
    /// A category that nobody has described: its bytes.
    Unknown([u8; 16]),
}

impl XdxrRow {
    /// Its day; `None` where there is no such day.
    pub fn day(&self) -> Option<NaiveDate> {
        day_of(self.date)
    }

    /// What it says.
    pub fn event(&self) -> XdxrEvent {
        let value = |n: usize| f32::from_le_bytes(self.values.as_chunks::<4>().0[n]);
        match self.category {
            1 => XdxrEvent::ExRight {
                cash_per_10: value(0),
                rights_price: value(1),
                bonus_per_10: value(2),
                rights_per_10: value(3),
            },
            2..=10 => XdxrEvent::Capital {
                float_before: value(0),
                total_before: value(1),
                float_after: value(2),
                total_after: value(3),
            },
            11 | 12 => XdxrEvent::Conversion { ratio: value(2) },
            13 | 14 => XdxrEvent::Warrant { exercise_price: value(0), shares: value(2) },
            _ => XdxrEvent::Unknown(self.values),
        }
    }
}

/// Reads the answer to [`xdxr_request`], in the order of the wire.
pub fn decode_xdxr(body: &[u8]) -> Result<Vec<XdxrRow>, WireError> {
    if body.len() < HEAD_LEN {
        return Ok(Vec::new());
    }
    let mut cursor = Cursor::new(body);
    cursor.array::<9>("the security")?;
    let declared = cursor.u16("the number of records")?;
    let records = cursor.records(declared, RECORD_LEN, "the declared records")?;
    let mut rows = Vec::with_capacity(records);
    for _ in 0..records {
        let market = cursor.u8("a market")?;
        let symbol = cursor.array("a symbol")?;
        cursor.u8("a zero")?;
        let date = cursor.u32("a date")?;
        let category = cursor.u8("a category")?;
        let values = cursor.array("four values")?;
        rows.push(XdxrRow { market, symbol, date, category, values });
    }
    cursor.finish()?;
    Ok(rows)
}
