//! The body of 0x052D: each open as the difference to the close before it, the other prices to the open.

use chrono::{Datelike, NaiveDate};

use super::primitive::{put_f32, put_u16, put_varint};

/// The four bytes of a bar's date and time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp([u8; 4]);

impl Stamp {
    /// A day, for categories of a day and more.
    pub(crate) fn day(date: NaiveDate) -> Self {
        Self(number(date).to_le_bytes())
    }

    /// A minute (after midnight), for shorter ones. The year must be in 2004..=2035.
    pub(crate) fn minute(date: NaiveDate, minute: u16) -> Self {
        let year = (date.year() - 2004).clamp(0, 31) as u16;
        let day = (year << 11) + (date.month() * 100 + date.day()) as u16;
        let ([a, b], [c, d]) = (day.to_le_bytes(), minute.to_le_bytes());
        Self([a, b, c, d])
    }
}

/// `20240105`.
pub(crate) fn number(date: NaiveDate) -> u32 {
    date.year() as u32 * 10_000 + date.month() * 100 + date.day()
}

/// A bar in the units of its category.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct BarRecord {
    pub(crate) stamp: Stamp,
    /// Thousandths.
    pub(crate) open: i64,
    pub(crate) close: i64,
    pub(crate) high: i64,
    pub(crate) low: i64,
    pub(crate) volume: f32,
    pub(crate) amount: f32,
    /// Advancing and declining members, for an index.
    pub(crate) breadth: Option<(u16, u16)>,
}

/// Writes the count and the bars in their order. Returns how many they are.
pub(crate) fn bars(out: &mut Vec<u8>, bars: impl Iterator<Item = BarRecord>) -> usize {
    let start = out.len();
    put_u16(out, 0);
    let mut before = 0;
    let mut count = 0u16;
    for bar in bars {
        out.extend_from_slice(&bar.stamp.0);
        put_varint(out, bar.open - before);
        put_varint(out, bar.close - bar.open);
        put_varint(out, bar.high - bar.open);
        put_varint(out, bar.low - bar.open);
        put_f32(out, bar.volume);
        put_f32(out, bar.amount);
        if let Some((advancing, declining)) = bar.breadth {
            put_u16(out, advancing);
            put_u16(out, declining);
        }
        before = bar.close;
        count += 1;
    }
    out[start..start + 2].copy_from_slice(&count.to_le_bytes());
    usize::from(count)
}
