//! 0x052D: bars of any period. The hot decoder: histories are millions of these.

use super::{Category, Market, Request, WireError, cursor::varint_of};

const BARS: u16 = 0x052d;

/// Most bars in one answer.
pub const MAX_BARS: u16 = 800;

/// Whether a record ends with the counts of rising and falling stocks. Only the instrument tells, not the answer: read with
/// the wrong layout, the records fall out of step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BarLayout {
    /// Stocks, funds, bonds.
    Security,
    /// Indices: four more bytes.
    Index,
}

impl BarLayout {
    /// Shortest record: stamp, four numbers, two floats, and the counts.
    const fn record_min(self) -> usize {
        match self {
            Self::Security => 16,
            Self::Index => 20,
        }
    }
}

/// One bar as it is on the wire.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BarRecord {
    /// Date or time: see [`Category::time_of`].
    pub stamp: [u8; 4],
    /// First price, 0.001 yuan.
    pub open: i32,
    /// Last price, 0.001 yuan.
    pub close: i32,
    /// Highest price, 0.001 yuan.
    pub high: i32,
    /// Lowest price, 0.001 yuan.
    pub low: i32,
    /// Volume, in the unit of category and instrument.
    pub volume: f32,
    /// Amount, yuan.
    pub amount: f32,
    /// Stocks that rose; indices only, else 0.
    pub advancing: u16,
    /// Stocks that fell; indices only, else 0.
    pub declining: u16,
}

/// Asks for `count` bars, the newest of them `start` bars before the newest of all.
pub fn bars_request(market: Market, symbol: [u8; 6], category: Category, start: u16, count: u16) -> Request {
    let mut parameters = market.wide().to_vec();
    parameters.extend(symbol);
    parameters.extend(category.number().to_le_bytes());
    // A multiplier. With 0 several servers answer with nothing.
    parameters.extend(1_u16.to_le_bytes());
    parameters.extend(start.to_le_bytes());
    parameters.extend(count.to_le_bytes());
    parameters.extend([0; 10]);
    Request::new(BARS, [0x01, 0x08, 0x64, 0x01], 1, parameters)
}

/// Reads the answer to [`bars_request`], in the order of the wire: ascending, on nearly all servers.
pub fn decode_bars(body: &[u8], layout: BarLayout) -> Result<Vec<BarRecord>, WireError> {
    let mut records = Vec::new();
    decode_bars_into(body, layout, &mut records)?;
    Ok(records)
}

/// The same into a vector that is used again and again; after an error its content is undefined.
pub fn decode_bars_into(body: &[u8], layout: BarLayout, records: &mut Vec<BarRecord>) -> Result<(), WireError> {
    records.clear();
    let truncated = |what, at| WireError::Truncated { what, at, len: body.len() };
    let (count, mut rest) = body.split_first_chunk::<2>().ok_or_else(|| truncated("the number of bars", 0))?;
    let count = usize::from(u16::from_le_bytes(*count));
    if count * layout.record_min() > rest.len() {
        return Err(truncated("the declared bars", 2));
    }
    records.reserve(count);
    // Each price is relative to the one before it, the first of a record to the last close.
    let mut base = 0;
    for _ in 0..count {
        let (record, behind) = match layout {
            BarLayout::Security => record::<false>(rest, base),
            BarLayout::Index => record::<true>(rest, base),
        }
        .map_err(|fault| fault.at(body, rest))?;
        base = record.close;
        records.push(record);
        rest = behind;
    }
    if rest.is_empty() { Ok(()) } else { Err(WireError::TrailingBytes { left: rest.len() }) }
}

/// What is wrong with a record; small, for it is made in the hot loop's cold branches.
enum Fault {
    Short,
    Endless,
    Impossible,
}

impl Fault {
    #[cold]
    fn at(self, body: &[u8], rest: &[u8]) -> WireError {
        let at = body.len() - rest.len();
        match self {
            Self::Short => WireError::Truncated { what: "a bar", at, len: body.len() },
            Self::Endless => WireError::EndlessNumber { at },
            Self::Impossible => WireError::ImpossiblePrice { at },
        }
    }
}

#[inline(always)]
fn record<const INDEX: bool>(bytes: &[u8], base: i32) -> Result<(BarRecord, &[u8]), Fault> {
    let (stamp, rest) = bytes.split_first_chunk::<4>().ok_or(Fault::Short)?;
    // Two floats follow the numbers, so eight bytes can be read wherever a number starts.
    let (open, rest) = number(rest)?;
    let (close, rest) = number(rest)?;
    let (high, rest) = number(rest)?;
    let (low, rest) = number(rest)?;
    let (floats, rest) = rest.split_first_chunk::<8>().ok_or(Fault::Short)?;
    let [v0, v1, v2, v3, a0, a1, a2, a3] = *floats;
    let (counts, rest) = if INDEX {
        let (counts, rest) = rest.split_first_chunk::<4>().ok_or(Fault::Short)?;
        (*counts, rest)
    } else {
        ([0; 4], rest)
    };
    let open = i64::from(base) + open;
    let milli = |price: i64| i32::try_from(price).map_err(|_| Fault::Impossible);
    let record = BarRecord {
        stamp: *stamp,
        open: milli(open)?,
        close: milli(open + close)?,
        high: milli(open + high)?,
        low: milli(open + low)?,
        volume: f32::from_le_bytes([v0, v1, v2, v3]),
        amount: f32::from_le_bytes([a0, a1, a2, a3]),
        advancing: u16::from_le_bytes([counts[0], counts[1]]),
        declining: u16::from_le_bytes([counts[2], counts[3]]),
    };
    Ok((record, rest))
}

#[inline(always)]
fn number(bytes: &[u8]) -> Result<(i64, &[u8]), Fault> {
    let chunk = bytes.first_chunk::<8>().ok_or(Fault::Short)?;
    let (value, len) = varint_of(u64::from_le_bytes(*chunk)).ok_or(Fault::Endless)?;
    Ok((value, bytes.get(len..).ok_or(Fault::Short)?))
}
