//! Counts, lists, corporate actions and finances: records of fixed length.

use chrono::NaiveDate;

use super::{
    bars::number,
    primitive::{put_f32, put_u16, put_u32},
};

/// A market byte and six ASCII digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Symbol {
    pub(crate) market: u8,
    pub(crate) digits: [u8; 6],
}

impl Symbol {
    pub(crate) fn put(self, out: &mut Vec<u8>) {
        out.push(self.market);
        out.extend_from_slice(&self.digits);
    }
}

/// The body of 0x044E.
pub(crate) fn security_count(out: &mut Vec<u8>, count: u16) {
    put_u16(out, count);
}

/// A row of a security list.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct ListEntry<'a> {
    pub(crate) digits: [u8; 6],
    /// Shares per lot.
    pub(crate) lot: u16,
    pub(crate) name: &'a str,
    pub(crate) decimals: u8,
    /// Yuan or points.
    pub(crate) pre_close: f32,
}

/// The body of 0x0450. Returns the number of rows.
pub(crate) fn security_list<'a>(out: &mut Vec<u8>, entries: impl ExactSizeIterator<Item = ListEntry<'a>>) -> usize {
    let count = entries.len();
    put_u16(out, count as u16);
    for entry in entries {
        out.extend_from_slice(&entry.digits);
        put_u16(out, entry.lot);
        out.extend_from_slice(&short_name(entry.name));
        put_u32(out, 0);
        out.push(entry.decimals);
        put_f32(out, entry.pre_close);
        put_u32(out, 0);
    }
    count
}

/// GBK, as many whole characters as fit into 8 bytes, zero padded.
fn short_name(name: &str) -> [u8; 8] {
    let mut short = [0; 8];
    let mut length = 0;
    for character in name.chars() {
        let mut utf8 = [0; 4];
        let (bytes, _, _) = encoding_rs::GBK.encode(character.encode_utf8(&mut utf8));
        let Some(room) = short.get_mut(length..length + bytes.len()) else { break };
        room.copy_from_slice(&bytes);
        length += bytes.len();
    }
    short
}

/// A corporate action, or whatever else the category says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct XdxrRecord {
    pub(crate) date: NaiveDate,
    pub(crate) category: u8,
    /// For category 1: cash per 10, rights price, bonus per 10, rights per 10; else float and total before and after
    /// (万股).
    pub(crate) values: [f32; 4],
}

/// The body of 0x000F. Without a record it ends before their count.
pub(crate) fn xdxr(out: &mut Vec<u8>, symbol: Symbol, records: &[XdxrRecord]) -> usize {
    put_u16(out, 1);
    symbol.put(out);
    if records.is_empty() {
        return 0;
    }
    put_u16(out, records.len() as u16);
    for record in records {
        symbol.put(out);
        out.push(0);
        put_u32(out, number(record.date));
        out.push(record.category);
        record.values.iter().for_each(|value| put_f32(out, *value));
    }
    records.len()
}

/// A snapshot of a company's finances.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Finance {
    /// 万股.
    pub(crate) float_shares: f32,
    pub(crate) province: u16,
    pub(crate) industry: u16,
    pub(crate) updated: NaiveDate,
    pub(crate) listed: NaiveDate,
    /// In the order of the wire, from the total shares (万股) to the months of the report. Money is in 千元.
    pub(crate) figures: [f32; 30],
}

/// The body of 0x0010.
pub(crate) fn finance(out: &mut Vec<u8>, symbol: Symbol, finance: &Finance) {
    put_u16(out, 1);
    symbol.put(out);
    put_f32(out, finance.float_shares);
    put_u16(out, finance.province);
    put_u16(out, finance.industry);
    put_u32(out, number(finance.updated));
    put_u32(out, number(finance.listed));
    finance.figures.iter().for_each(|figure| put_f32(out, *figure));
}

/// The body where there is nothing to tell: a count of 0.
pub(crate) fn nothing(out: &mut Vec<u8>) -> usize {
    put_u16(out, 0);
    0
}
