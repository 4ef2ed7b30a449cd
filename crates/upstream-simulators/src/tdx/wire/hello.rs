//! The answers to the three hellos.

use chrono::{Datelike, NaiveDate, NaiveDateTime, Timelike};

use super::{
    bars::number,
    primitive::{put_u16, put_u32},
};

/// What a server says of itself.
#[derive(Debug, Clone)]
pub(crate) struct Hello<'a> {
    /// Its clock, Shanghai.
    pub(crate) now: NaiveDateTime,
    /// Its day of business, with two times of it (hour × 10,000 + minute × 100 + second).
    pub(crate) day: NaiveDate,
    pub(crate) times: [u32; 2],
    /// Ten bytes of unknown meaning before the name.
    pub(crate) unknown: [u8; 10],
    pub(crate) name: &'a str,
    pub(crate) category: &'a str,
}

/// Bytes of [`hello`]'s body.
const LENGTH: usize = 189;
/// Opening and closing minutes of the two halves of a day, as the capture repeats them.
const SESSION_MINUTES: [u16; 8] = [570, 690, 780, 900, 900, 900, 900, 900];

/// The answer to 0x000D.
pub(crate) fn hello(out: &mut Vec<u8>, hello: &Hello<'_>) {
    let start = out.len();
    let now = hello.now;
    out.push(0);
    put_u16(out, now.year() as u16);
    out.extend([now.day(), now.month(), now.minute(), now.hour(), 0, now.second()].map(|part| part as u8));
    for minute in SESSION_MINUTES.into_iter().chain(SESSION_MINUTES) {
        put_u16(out, minute);
    }
    out.push(0);
    for time in hello.times {
        put_u32(out, number(hello.day));
        put_u32(out, time);
    }
    out.extend_from_slice(&hello.unknown);
    text(out, start + 90, hello.name);
    // No web site.
    text(out, start + 154, "");
    out.extend_from_slice(&[0x03, 0x00, 0x00, 0x01, 0x00, 0x23]);
    text(out, start + LENGTH, hello.category);
}

/// The answer to 0x0FDB.
pub(crate) fn hello_3(out: &mut Vec<u8>) {
    out.extend_from_slice(&[0; 10]);
}

/// GBK, zero padded up to the position `end`.
fn text(out: &mut Vec<u8>, end: usize, text: &str) {
    let (bytes, _, _) = encoding_rs::GBK.encode(text);
    out.extend_from_slice(&bytes);
    out.resize(end, 0);
}
